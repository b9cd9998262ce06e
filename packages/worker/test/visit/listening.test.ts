import { expect, test } from "vitest";
import { Listening } from "../../src/visit/listening.ts";

const NONCE = "k3n2m4x9k3n2m4x9";
const MAX = 1024 * 1024;

/** What is shown of a stream on which these words and texts came. */
function heard(secrets: { name: string; value: string }[], ...pieces: readonly string[]): string {
  const listening = new Listening(NONCE, secrets, MAX);
  const text = pieces.map((piece) => piece.replaceAll("@", `rr:${NONCE}:`));
  const live = text.map((chunk) => listening.hear("stdout", Buffer.from(chunk)).output.toString());
  const shown = live.join("") + listening.close("stdout").output.toString();
  expect(listening.captured("stdout").head.toString() + listening.captured("stdout").tail.toString()).toBe(
    shown,
  );
  return shown;
}

test("what unless says is nobody's where it has an answer, be it cut anywhere", () => {
  const line = "@start\n@asking\nwords\n@asked 1 -\nran\n@end\n";
  expect(heard([], line)).toBe("ran\n");
  expect(heard([], ...line.replaceAll("@", `rr:${NONCE}:`).split(""))).toBe("ran\n");
  expect(heard([], "@start\n@asking\nwords@asked 0 -\n@end\n")).toBe("");
});

test("where it failed, or never answered, its words are the task's", () => {
  expect(heard([], "@start\n@asking\nno such file\n@asked 127 -\n@end\n")).toBe("no such file\n");
  expect(heard([], "@start\n@asking\nlost he")).toBe("lost he");
});

test("its words are bounded, with both ends, and hold no secret", () => {
  const secrets = [{ name: "token", value: "s3cret-value" }];
  const shown = heard(
    secrets,
    "@start\n@asking\nfirst s3cr",
    "et-value ",
    ...Array.from({ length: 2000 }, () => "y".repeat(1000)),
    " last\n",
    "@asked 126 -\n@end\n",
  );
  expect(shown.length).toBeLessThan(8400);
  expect(shown).toMatch(/^first \[secret token\] y+\n… \d+ bytes …\ny+ last\n$/);
});
