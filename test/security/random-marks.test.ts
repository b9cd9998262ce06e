import { expect, test } from "vitest";
import { Listening } from "../../packages/worker/src/visit/listening.ts";
import { attackAll, timeFor } from "./random/attack.ts";
import { bytesOf, hostileTalk, type Stream } from "./random/host-talk.ts";
import { chunksOf } from "./random/mutate.ts";

const SHARE = 5000;
const NONCE = "abcdefghijklmnopqrstuvwx";
const SECRET = "hunter2-hunter2";
const MAX_OUTPUT_BYTES = 4096;

/** What is heard of one stream, fed in these chunks. */
function heardOf(stream: Stream, chunks: readonly Buffer[]) {
  const listening = new Listening(NONCE, [{ name: "s", value: SECRET }], MAX_OUTPUT_BYTES);
  const heard = [...chunks.map((chunk) => listening.hear(stream, chunk)), listening.close(stream)];
  const { head, tail, omittedBytes } = listening.captured(stream);
  return {
    marks: heard.flatMap(({ marks }) => marks.map(({ word, args }) => [word, ...args].join(" "))),
    passed: Buffer.concat(heard.map(({ output }) => output)),
    kept: Buffer.concat([head, tail]),
    omittedBytes,
    noise: listening.noise(),
  };
}

type Heard = ReturnType<typeof heardOf>;

function isSame(one: Heard, other: Heard): boolean {
  return (
    one.marks.join("\n") === other.marks.join("\n") &&
    one.passed.equals(other.passed) &&
    one.kept.equals(other.kept) &&
    one.omittedBytes === other.omittedBytes &&
    one.noise === other.noise
  );
}

test(
  "whatever a host says, and however the network cuts it: the same words, nothing more, no secret",
  async () => {
    const wrong = await attackAll("marks", SHARE, 1, (random) => {
      const talk = hostileTalk(random, NONCE);
      const stream = random.pick(["stdout", "stderr"]);
      const said = bytesOf(talk, stream);
      const at = random.below(said.length + 1);
      const secret = random.chance(30) ? Buffer.from(`${SECRET}\n`) : Buffer.alloc(0);
      const bytes = Buffer.concat([said.subarray(0, at), secret, said.subarray(at)]);
      const whole = heardOf(stream, [bytes]);
      const pieces = heardOf(stream, chunksOf(random, bytes));
      if (!isSame(pieces, whole)) return "cut into pieces it is heard otherwise than as a whole";
      const text = bytes.toString("utf8");
      const invented = whole.marks.find((mark) => !text.includes(mark));
      if (invented !== undefined) return `a mark that nobody said: ${JSON.stringify(invented.slice(0, 100))}`;
      if (whole.kept.length > MAX_OUTPUT_BYTES) return `${whole.kept.length} bytes are kept`;
      if (whole.kept.length + whole.omittedBytes !== whole.passed.length)
        return `of ${whole.passed.length} bytes ${whole.kept.length} are kept and ${whole.omittedBytes} counted`;
      if (whole.passed.includes(SECRET) || whole.noise.includes(SECRET)) return "the secret is shown";
      return undefined;
    });
    expect(wrong).toEqual([]);
  },
  timeFor(SHARE),
);
