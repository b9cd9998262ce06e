import { randomBytes } from "node:crypto";
import { MESSAGE_LIFE_MS, parsePoolKeys, PoolSeal } from "@roadrunner/core/signing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const TO = { function: "rr-run", unique: "abcdefghijklmnopqrstuvwxyz-12345678" };
const NOW = Date.UTC(2026, 10, 24, 9, 16, 12);
const CAME = { functionName: TO.function, unique: TO.unique };
const [ONE, TWO] = [randomBytes(32).toString("base64"), randomBytes(32).toString("hex")];

function seal(...lines: readonly string[]): PoolSeal {
  const keys = parsePoolKeys(lines.join("\n"));
  if (!keys.ok) throw new Error(keys.error.join("\n"));
  return new PoolSeal(keys.value);
}

/** Both ends of one submission. */
function exchange(text = "a workload") {
  const sent = seal(ONE).seal(TO, text, NOW);
  const opened = seal(ONE).open(sent.text, CAME);
  if (!opened.ok) throw new Error(opened.error);
  return { wire: sent.text, client: sent.answers, worker: opened.value.answers, text: opened.value.text };
}

const refused = (why: RegExp) => ({ ok: false, error: expect.stringMatching(why) as string });

describe("pool keys", () => {
  it("are 32 bytes in base64 or hex, one a line", () => {
    const keys = parsePoolKeys(`# this year's\n${ONE}\n\n ${TWO} \n`);
    expect(keys.ok && keys.value.map(({ bytes }) => bytes.length)).toEqual([32, 32]);
  });

  it.each([
    ["", /no key/],
    ["# nothing\n", /no key/],
    [randomBytes(31).toString("base64"), /line 1/],
    [randomBytes(32).toString("hex").slice(1), /line 1/],
    [`${ONE}\nsecret`, /line 2/],
    [`${ONE}\n${ONE}`, /line 2: the key stands there twice/],
  ])("%j is refused, and not quoted", (text, why) => {
    const keys = parsePoolKeys(text);
    expect(keys).toEqual({ ok: false, error: [expect.stringMatching(why) as string] });
    expect(JSON.stringify(keys)).not.toContain("secret");
  });
});

describe("a sealed message", () => {
  it("says the same at its other end, whatever it is, and nothing on its way", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const { wire, text: opened } = exchange(`marked ${text}`);
        expect(opened).toBe(`marked ${text}`);
        expect(wire).not.toContain("marked");
      }),
    );
  });

  it("is opened by whoever has its key among others, and by nobody else", () => {
    const { text } = seal(TWO, ONE).seal(TO, "text", NOW);
    expect(seal(ONE, TWO).open(text, CAME)).toMatchObject({ ok: true, value: { text: "text" } });
    expect(seal(ONE).open(text, CAME)).toEqual(refused(/sealed with the key [0-9a-f]{8}, which/));
  });

  it.each([
    ["another function", { functionName: "rr-run.dc2" }],
    ["another unique", { unique: "other" }],
  ])("is not opened under %s", (_, came) => {
    expect(seal(ONE).open(exchange().wire, { ...CAME, ...came })).toEqual(
      refused(/altered, or sealed for another/),
    );
  });

  it("is opened from a job server that tells no unique", () => {
    expect(seal(ONE).open(exchange().wire, { ...CAME, unique: "" }).ok).toBe(true);
  });

  it("is refused when it is not sealed at all", () => {
    expect(seal(ONE).open('{"host":"h1"}', CAME)).toEqual(refused(/is not sealed/));
    expect(seal(ONE).open('{"v":1,"sealed":{}}', CAME)).toEqual(refused(/in a way that this version reads/));
  });

  it("is refused at every byte that differs, and with a tag cut short", () => {
    const { wire } = exchange();
    const envelope = JSON.parse(wire) as { sealed: { data: string } };
    const data = Buffer.from(envelope.sealed.data, "base64");
    const withData = (bytes: Buffer) =>
      JSON.stringify({ v: 1, sealed: { ...envelope.sealed, data: bytes.toString("base64") } });
    for (let at = 0; at < data.length; at += 1) {
      const altered = Buffer.from(data);
      altered[at] = (altered[at] ?? 0) ^ 1;
      expect(seal(ONE).open(withData(altered), CAME).ok).toBe(false);
      expect(seal(ONE).open(withData(data.subarray(0, at)), CAME).ok).toBe(false);
    }
    expect(seal(ONE).open(withData(data), CAME).ok).toBe(true);
  });

  it("says when it was made, which cannot be altered or left out", () => {
    const { wire } = exchange();
    const time = { issuedMs: NOW, notAfterMs: NOW + MESSAGE_LIFE_MS };
    expect(seal(ONE).open(wire, CAME)).toMatchObject({ ok: true, value: { time } });
    expect(seal(ONE).open(wire.replace(`"atMs":${NOW}`, `"atMs":${NOW + 1}`), CAME)).toEqual(
      refused(/altered/),
    );
    expect(seal(ONE).open(wire.replace(`"atMs":${NOW},`, ""), CAME)).toEqual(refused(/when it was sealed/));
  });

  it("has an identity of its own, however its salt is written", () => {
    const { wire } = exchange();
    const identity = (text: string) => {
      const opened = seal(ONE).open(text, CAME);
      return opened.ok ? opened.value.identity : undefined;
    };
    expect(identity(exchange().wire)).not.toBe(identity(wire));
    // The last character of 16 bytes in base64 has four bits that stand for nothing.
    const salt = /"salt":"([^"]+)"/.exec(wire)?.[1] ?? "";
    const bytes = Buffer.from(salt, "base64");
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const others = Array.from(letters).map((letter) => salt.slice(0, 21) + letter + "==");
    const same = others.filter((other) => Buffer.from(other, "base64").equals(bytes));
    expect(same).toHaveLength(16);
    for (const other of same) expect(identity(wire.replace(salt, other))).toBe(identity(wire));
  });

  it("is no answer to itself", () => {
    const { wire, client } = exchange();
    expect(client.open(wire, true)).toEqual(refused(/altered, or sealed for another/));
  });
});

describe("the answers to it", () => {
  it("come in their order", () => {
    const { client, worker } = exchange();
    expect(client.open(worker.next("a"), false)).toEqual({ ok: true, value: { text: "a", gap: false } });
    expect(client.open(worker.next("b"), false)).toEqual({ ok: true, value: { text: "b", gap: false } });
    expect(client.open(worker.last("c"), true)).toEqual({ ok: true, value: { text: "c", gap: false } });
  });

  it("are refused twice, swapped, or as what they are not; a missing one is noticed", () => {
    const { client, worker } = exchange();
    const [first, second, third] = [worker.next("a"), worker.next("b"), worker.last("c")];
    expect(client.open(second, false)).toEqual({ ok: true, value: { text: "b", gap: true } });
    expect(client.open(first, false)).toEqual(refused(/twice or out of order/));
    expect(client.open(second, false)).toEqual(refused(/twice or out of order/));
    expect(client.open(second.replace('"last":false', '"last":true'), true)).toEqual(refused(/altered/));
    expect(client.open(third, false)).toEqual(refused(/wrong position/));
    expect(client.open(third.replace('"n":2', '"n":3'), true)).toEqual(refused(/altered/));
    expect(client.open(third, true)).toEqual({ ok: true, value: { text: "c", gap: false } });
  });

  it("are refused twice although their salt is spelled in another way", () => {
    const { client, worker } = exchange();
    const line = worker.next("a");
    expect(client.open(line, false)).toMatchObject({ ok: true });
    const spelled = respelled(line);
    expect(spelled).toHaveLength(15);
    for (const again of spelled) expect(client.open(again, false)).toEqual(refused(/twice or out of order/));
  });

  it("are of this submission and of a worker that has the key", () => {
    const { client } = exchange();
    const other = seal(ONE).seal({ ...TO, unique: "other" }, "x", NOW);
    const opened = seal(ONE).open(other.text, { ...CAME, unique: "other" });
    expect(opened.ok && client.open(opened.value.answers.last("forged"), true)).toEqual(
      refused(/another submission/),
    );
    expect(client.open('{"v":1,"outcome":"ok"}', true)).toEqual(refused(/is not sealed/));
  });

  it("may come from a second worker, when the job server gave it the job of a lost one", () => {
    const { client, worker, wire } = exchange();
    const second = seal(ONE).open(wire, CAME);
    expect(client.open(worker.next("started"), false).ok).toBe(true);
    expect(second.ok && client.open(second.value.answers.last("done"), true)).toMatchObject({
      ok: true,
      value: { text: "done", gap: false },
    });
  });
});

/** The same salt in its 15 other spellings: four bits of its last character stand for nothing. */
function respelled(line: string): string[] {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const [, head = "", letter = ""] = /"salt":"(.{21})(.)==/.exec(line) ?? [];
  const high = alphabet.indexOf(letter) & 0b110000;
  return Array.from({ length: 16 }, (_, low) => alphabet[high | low] ?? "")
    .filter((other) => other !== letter)
    .map((other) => line.replace(`${head}${letter}==`, `${head}${other}==`));
}
