import { OUTCOMES } from "@roadrunner/core";
import type { Random } from "../../support/random.ts";
import { mutateBytes, mutateJson } from "./mutate.ts";

/** What a worker answers to one submission: progress as it comes, and one outcome. */
export interface WorkerTalk {
  readonly progress: readonly Buffer[];
  readonly outcome: Buffer;
}

/** Pieces of answers; what of them is put in may well make another true answer. */
const PIECES = [
  ...[
    '"outcome":"ok"',
    '"host":"h2"',
    '"exitCode":0',
    '"exitCode":"0"',
    '"v":1',
    ',"v":2',
    "\n",
    "{",
    "}",
    "\u0000",
  ],
  ...['"type":"started"', '"type":"output"', "\u001b[2J", "\ud83d", '"outcome":"skipped"', ",", "[", "1e999"],
];

/** A true answer of a failed task, changed. `host`: of whom it is asked; `submission`: by which. */
export function hostileAnswer(random: Random, host: string, submission: string): WorkerTalk {
  const started = {
    type: "started",
    v: 1,
    submission,
    worker: "w1",
    places: 4,
    version: "0.1.0",
    reads: [1],
  };
  const output = { type: "output", v: 1, stream: "stderr", data: "it failed\n" };
  const began = { type: "began", v: 1, bootId: "11111111-1111-4111-8111-111111111111" };
  const lines: unknown[] = [started, began, output, output].slice(0, random.between(0, 4));
  const outcome = {
    ...{ v: 1, submission, host, outcome: random.chance(80) ? "failed" : random.pick(OUTCOMES), exitCode: 7 },
    ...{ worker: "w1", reason: "exit code 7", blame: random.pick(["host", "submission"]) },
    ...{ connectMs: 3, durationMs: 20, stdout: "", stderr: "it failed\n" },
    ...(random.chance(20) ? { encoding: { stderr: "base64" }, omittedBytes: { stdout: 1, stderr: 2 } } : {}),
  };
  const progress = lines.map((line) => changed(random, line, 20));
  const together = Buffer.concat(progress);
  return {
    progress: [random.chance(30) ? mutateBytes(random, together, PIECES) : together],
    outcome: changed(random, outcome, 80),
  };
}

/** One line. */
function changed(random: Random, message: unknown, percent: number): Buffer {
  const text = (value: unknown): Buffer => Buffer.from(`${JSON.stringify(value)}\n`);
  if (!random.chance(percent)) return text(message);
  if (random.chance(50)) return text(mutateJson(random, message));
  return mutateBytes(random, text(message), PIECES);
}

/** What an answer says to a reader that takes nothing but what is right; undefined: it is none. */
export function outcomeIn(answer: Buffer, host: string): string | undefined {
  let json: unknown;
  try {
    json = JSON.parse(answer.toString("utf8"));
  } catch {
    return undefined;
  }
  if (typeof json !== "object" || json === null) return undefined;
  const { v, host: of, outcome, exitCode, worker } = json as Record<string, unknown>;
  const isCode =
    typeof exitCode === "number" && Number.isInteger(exitCode) && exitCode >= 0 && exitCode < 2 ** 32;
  // Who could not read what he was asked, or has a bug, names no host.
  const isUnread = of === "" && (outcome === "refused" || outcome === "unknown");
  if (v !== 1 || !(of === host || isUnread) || typeof worker !== "string" || typeof outcome !== "string")
    return undefined;
  if (exitCode !== undefined && !isCode) return undefined;
  return (OUTCOMES as readonly string[]).includes(outcome) ? outcome : undefined;
}
