import { generateKeyPairSync } from "node:crypto";
import type { RunPlan } from "@roadrunner/core";
import { operatorKey, type OperatorKey } from "@roadrunner/core/signing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RunSigner } from "../../src/protect/run-signer.ts";

const NOW = Date.UTC(2026, 10, 24, 9, 16, 12);
const HOUR = 3_600_000;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW, toFake: ["setInterval", "clearInterval", "Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A run by a key whose certificate ends then, and what its file holds from then on. */
async function runBy(endsMs?: number, principal?: string) {
  const made = operatorKey(generateKeyPairSync("ed25519").privateKey);
  if (!made.ok) throw new Error(made.error);
  const seen = { signed: 0, again: 0, fails: false, endsMs, warnings: [] as string[] };
  const key = made.value;
  const operator = (): OperatorKey => ({
    publicBlob: key.publicBlob,
    sign: async (data) => {
      seen.signed += 1;
      return seen.fails ? { ok: false, error: "nobody touched it" } : key.sign(data);
    },
    ...(seen.endsMs === undefined
      ? {}
      : {
          validBeforeMs: seen.endsMs,
          again: async () => {
            seen.again += 1;
            return { ok: true, value: operator() };
          },
        }),
  });
  const created = await RunSigner.create({ operator: operator(), run: "r", plan: {} as RunPlan, principal });
  if (!created.ok) throw new Error(created.error);
  created.value.start((text) => seen.warnings.push(text));
  return { seen, stop: () => created.value.stop(), signedBy: created.value.signedBy };
}

it("a run knows whose key vouches for it, and as whom", async () => {
  for (const principal of [undefined, "alice"]) {
    const { signedBy, stop } = await runBy(undefined, principal);
    stop();
    expect(signedBy).toMatch(principal === undefined ? /^key SHA256:\S{43}$/ : /^alice, key SHA256:\S{43}$/);
  }
});

describe("a run that goes on", () => {
  it("is signed by its operator once, and again each half day", async () => {
    const { seen, stop } = await runBy();
    await vi.advanceTimersByTimeAsync(12 * HOUR - 1);
    expect(seen.signed).toBe(1);
    await vi.advanceTimersByTimeAsync(HOUR);
    expect(seen.signed).toBe(2);
    await vi.advanceTimersByTimeAsync(24 * HOUR);
    expect(seen.signed).toBe(4);
    stop();
    await vi.advanceTimersByTimeAsync(48 * HOUR);
    expect(seen).toMatchObject({ signed: 4, warnings: [] });
  });

  it("asks for a touch again once an hour where it fails, and says so each time", async () => {
    const { seen, stop } = await runBy();
    seen.fails = true;
    await vi.advanceTimersByTimeAsync(15 * HOUR - 1);
    expect(seen.signed).toBe(4);
    expect(seen.warnings).toHaveLength(3);
    expect(seen.warnings[0]).toMatch(
      /take it until 2026-11-25T09:16:12.000Z: the run could not be signed: nobody/,
    );
    stop();
  });

  it("is signed anew with a newer certificate, once each", async () => {
    const { seen, stop } = await runBy(NOW + HOUR);
    await vi.advanceTimersByTimeAsync(HOUR / 2 - 1);
    expect(seen).toMatchObject({ signed: 1, again: 0 });
    seen.endsMs = NOW + 2 * HOUR;
    await vi.advanceTimersByTimeAsync(HOUR / 4);
    expect(seen).toMatchObject({ signed: 2, again: 1, warnings: [] });
    stop();
  });

  it("costs no touch while there is no newer certificate, and says once when the end is near", async () => {
    const { seen, stop } = await runBy(NOW + HOUR);
    await vi.advanceTimersByTimeAsync(0.8 * HOUR);
    expect(seen).toMatchObject({ signed: 1, warnings: [] });
    expect(seen.again).toBeGreaterThan(5);
    await vi.advanceTimersByTimeAsync(0.3 * HOUR);
    expect(seen.signed).toBe(1);
    expect(seen.warnings).toEqual([
      expect.stringMatching(
        /take it until 2026-11-24T10:16:12.000Z: the certificate of --sign-key ends then/,
      ) as string,
    ]);
    seen.endsMs = NOW + 3 * HOUR;
    await vi.advanceTimersByTimeAsync(HOUR / 10);
    expect(seen.signed).toBe(2);
    stop();
  });
});
