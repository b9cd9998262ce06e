import type { Random } from "../../support/random.ts";
import { mutateBytes } from "./mutate.ts";

export type Stream = "stdout" | "stderr";

export interface Said {
  readonly stream: Stream;
  readonly bytes: Buffer;
}

/** How a host leaves a channel; `stay`: not at all. */
export type Leave = "exit" | "signal" | "close" | "drop" | "stay";

/** All that a host says in one channel: to the exec request, and to the program that is sent after its hello. */
export interface Talk {
  /** Set when `late` was said: the program had come by then. */
  saidLate?: boolean;
  readonly early: readonly Said[];
  readonly late: readonly Said[];
  readonly leave: Leave;
}

const BOOT = "11111111-1111-4111-8111-111111111111";
/** What a host's words are made of; none of them is a success. */
const ARGUMENTS = [
  ...[
    "",
    "-",
    "7",
    "007",
    "255",
    "256",
    "-1",
    "0x0",
    "1e2",
    "9".repeat(30),
    "0.0",
    "null",
    "NaN",
    "Infinity",
  ],
  ...["timedOut", "cancelled", "gone", "restarted", "otherhost", BOOT, "dir", "space", "4711", "1 2 3"],
  ...["\u0000", "\u001b[2J", "\r", "\t", "é", "x".repeat(300), "x".repeat(9000), "../../etc", "$(id)", "%s"],
] as const;
const WORDS = [
  ...[
    "hello",
    "start",
    "end",
    "helpers",
    "running",
    "exists",
    "wait",
    "recorded",
    "withdrawn",
    "unknown",
    "torn",
  ],
  ...["norecord", "prior", "other", "restarted", "nocwd", "noshell", "noscript", "killed", "gone", "left"],
  ...["up", "outer", "sudo", "", "END", "constructor", "__proto__"],
] as const;

const START = `start 4711 123456 4711 1 ${BOOT}`;
/** What true hosts say of commands that did not end well. */
const TALKS = [
  [START, "helpers 4712", "running", "out", "end 7 -"],
  [START, "out", "out", "end 143 timedOut"],
  [START, "out", "end 255 -"],
  [START, "running", "out"],
  [START, "norecord space", "end -"],
  [START, "nocwd", "end -"],
  [START, "prior 1", "end -"],
  ["exists", START, `wait 100 4711 123456 4711 1 ${BOOT}`, `recorded 007 - ${BOOT}`, "end -"],
  ["exists", START, `unknown gone ${BOOT}`, "end -"],
  ["exists", START, "withdrawn", "end -"],
  ["exists", START, "other", "end -"],
  [START, "restarted", "end -"],
  [],
] as const;

/** A true host's words, changed, with others' between them. `nonce`: what its visitor marks our words with. */
export function hostileTalk(random: Random, nonce: string): Talk {
  const lines: Said[] = random.pick(TALKS).flatMap((line) => linesFor(line, nonce));
  for (let more = random.between(0, 3); more > 0; more -= 1)
    lines.splice(random.below(lines.length + 1), 0, oddLine(random, nonce));
  const late = mutateLines(random, lines, [`rr:${nonce}:`, "\n", "rr:", nonce, ...ARGUMENTS]);
  const hello: Said = { stream: "stderr", bytes: Buffer.from(`rr:${nonce}:hello\n`) };
  const noise = random.chance(30) ? [oddLine(random, nonce)] : [];
  const early = random.chance(90) ? [...noise, hello] : mutateLines(random, [...noise, hello], [nonce]);
  // Who is not greeted sends nothing, and hears nothing more.
  const greeted = marksIn(bytesOf({ early, late: [] }, "stderr"), nonce).includes("hello");
  return {
    early,
    late: greeted ? late : [],
    leave: random.pick(["exit", "exit", "exit", "signal", "close", "close", "drop"]),
  };
}

function linesFor(line: string, nonce: string): Said[] {
  if (line === "out") return [{ stream: "stdout", bytes: Buffer.from("a line of output\n") }];
  const mark = (text: string, stream: Stream): Said => ({
    stream,
    bytes: Buffer.from(`rr:${nonce}:${text}\n`),
  });
  const word = line.split(" ")[0] ?? "";
  return word === "start" || word === "end"
    ? [mark(word, "stdout"), mark(line, "stderr")]
    : [mark(line, "stderr")];
}

function oddLine(random: Random, nonce: string): Said {
  const stream = random.pick(["stdout", "stderr", "stderr"]);
  if (random.chance(15))
    return { stream, bytes: Buffer.alloc(random.pick([10, 5000, 100_000]), random.below(256)) };
  const args = Array.from({ length: random.between(0, 4) }, () => random.pick(ARGUMENTS)).join(" ");
  const ours = random.chance(80) ? nonce : nonce.toUpperCase();
  return {
    stream,
    bytes: Buffer.from(`rr:${ours}:${random.pick(WORDS)} ${args}${random.pick(["\n", "\n", "\r\n", ""])}`),
  };
}

function mutateLines(random: Random, lines: readonly Said[], words: readonly string[]): Said[] {
  const mutated = [...lines];
  for (let left = random.between(0, 3); left > 0 && mutated.length > 0; left -= 1) {
    const index = random.below(mutated.length);
    const line = mutated[index] as Said;
    const other = random.below(mutated.length);
    switch (random.below(5)) {
      case 0:
        mutated.splice(index, 1);
        break;
      case 1:
        mutated.splice(other, 0, line);
        break;
      case 2:
        mutated[index] = mutated[other] as Said;
        mutated[other] = line;
        break;
      case 3:
        mutated[index] = { ...line, stream: line.stream === "stdout" ? "stderr" : "stdout" };
        break;
      default:
        mutated[index] = { ...line, bytes: mutateBytes(random, line.bytes, words) };
    }
  }
  return mutated;
}

/** The bytes of one stream. */
export function bytesOf({ early, late }: Pick<Talk, "early" | "late">, stream: Stream): Buffer {
  return Buffer.concat(
    [...early, ...late].filter((said) => said.stream === stream).map(({ bytes }) => bytes),
  );
}

/** A longer line is nobody's mark. */
const MAX_MARK = 8192;

/**
 * The marks of a text, read otherwise than the product does: what follows the first prefix of each whole line that is
 * near enough to the line's end.
 */
export function marksIn(bytes: Buffer, nonce: string): readonly string[] {
  const prefix = `rr:${nonce}:`;
  return bytes
    .toString("latin1")
    .split("\n")
    .slice(0, -1)
    .flatMap((line) => {
      const parts = line.split(prefix);
      for (let from = 1; from < parts.length; from += 1) {
        const text = parts.slice(from).join(prefix);
        if (prefix.length + text.length <= MAX_MARK) return [text.trim()];
      }
      return [];
    });
}

/** What a host said of the task, in words that can be taken for nothing else. */
export interface Told {
  /** Of commands that ended. */
  readonly codes: ReadonlySet<number>;
  /** The program runs, which it cannot before it was sent. */
  readonly started: boolean;
  readonly words: ReadonlySet<string>;
}

export function toldBy(talks: readonly { readonly talk: Talk; readonly nonce: string }[]): Told {
  const marks = talks.flatMap(({ talk, nonce }) => marksIn(bytesOf(talk, "stderr"), nonce));
  const late = talks
    .filter(({ talk }) => talk.saidLate === true)
    .flatMap(({ talk, nonce }) => marksIn(bytesOf({ ...talk, early: [] }, "stderr"), nonce));
  const ends = marks.map((mark) => /^(?:end|recorded) (\d{1,3})(?: |$)/.exec(mark)?.[1]);
  return {
    codes: new Set(ends.filter((code) => code !== undefined).map(Number)),
    started: late.some((mark) => /^start( |$)/.test(mark)),
    words: new Set(marks.flatMap((mark) => mark.split(" "))),
  };
}
