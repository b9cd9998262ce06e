import { expect, it } from "vitest";
import { makeChallenge, readChallenge } from "../../src/login/challenge.ts";

const KEY = Buffer.alloc(32, 1);
const NONCE = Buffer.alloc(16, 2);
const NOW_MS = 1_790_000_000_000;

it("a challenge holds for a minute, for whoever has the key of its store", () => {
  const challenge = makeChallenge(KEY, NONCE, NOW_MS);
  expect(challenge.length).toBeLessThan(200);
  const read = readChallenge(KEY, challenge, NOW_MS + 59_999);
  expect(read).toEqual({
    ok: true,
    value: { nonce: NONCE.toString("base64url"), untilMs: NOW_MS + 60_000 },
  });
  const late = readChallenge(KEY, challenge, NOW_MS + 60_000);
  expect(late.ok ? "" : late.error).toMatch(/^is over since 2026-.*; ask for another one$/);
  const other = readChallenge(Buffer.alloc(32, 9), challenge, NOW_MS);
  expect(other.ok ? "" : other.error).toMatch(/^is not of this coordinator or another one of its store/);
});

it("no other text is taken for the same challenge", () => {
  const challenge = makeChallenge(KEY, NONCE, NOW_MS);
  const altered = new Set([`${challenge}=`, `${challenge}\n`, ` ${challenge}`, challenge.toUpperCase()]);
  for (let at = 0; at < challenge.length; at += 1)
    for (const other of ["A", "b", "_", "-", ".", "=", " ", "0"])
      altered.add(challenge.slice(0, at) + other + challenge.slice(at + 1));
  altered.delete(challenge);
  expect(altered.size).toBeGreaterThan(500);
  expect([...altered].filter((text) => readChallenge(KEY, text, NOW_MS).ok)).toEqual([]);
});
