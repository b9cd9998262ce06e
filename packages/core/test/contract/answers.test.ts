import { describe, expect, it } from "vitest";
import {
  encodeAnswer,
  parseOutcome,
  parseProgress,
  type OutcomeMessage,
} from "../../src/contract/answers.ts";
import { encodeControl, parseControl } from "../../src/contract/control.ts";

const outcome: OutcomeMessage = {
  v: 1,
  host: "db1",
  outcome: "failed",
  exitCode: 3,
  worker: "w1",
  stdout: "hi\n",
  stderr: "",
};

describe("answers", () => {
  it("an outcome comes back as it was sent, on one line", () => {
    const line = encodeAnswer(outcome);
    expect(line.indexOf("\n")).toBe(line.length - 1);
    expect(parseOutcome(line)).toEqual({ ok: true, value: outcome });
  });

  it("lets a newer worker say more", () => {
    expect(parseOutcome(JSON.stringify({ ...outcome, mood: "fine" })).ok).toBe(true);
  });

  it("says why something is no outcome", () => {
    expect(parseOutcome("")).toEqual({ ok: false, error: "the answer is empty" });
    expect(parseOutcome('{"v":1,"outcome":"great"}')).toMatchObject({ ok: false });
    expect(parseOutcome(`{"v":9}`)).toMatchObject({
      ok: false,
      error: expect.stringContaining("version 9") as string,
    });
  });

  it.each([
    { exitCode: "0" },
    { exitCode: 0.5 },
    { exitCode: -1 },
    { exitCode: 2 ** 32 },
    { exitCode: null },
    { durationMs: -1 },
    { durationMs: 1e300 },
    { connectMs: "5" },
    { omittedBytes: { stdout: -1, stderr: 0 } },
    { omittedBytes: { stdout: 2 ** 60, stderr: 0 } },
    { host: "h".repeat(300) },
    { worker: "w".repeat(100) },
    { signal: 9 },
    { reason: "r".repeat(100_000) },
    { submission: "s".repeat(100) },
  ])("takes no outcome with %j", (fields) => {
    expect(parseOutcome(JSON.stringify({ ...outcome, ...fields }))).toMatchObject({
      ok: false,
      error: expect.stringContaining(Object.keys(fields)[0] ?? "") as string,
    });
  });

  it("takes no number that JSON cannot hold", () => {
    expect(parseOutcome(encodeAnswer(outcome).replace('"exitCode":3', '"exitCode":1e400')).ok).toBe(false);
  });

  it.each([{ places: 0 }, { places: 1e9 }, { worker: 7 }, { version: "v".repeat(100) }, { reads: [0.5] }])(
    "takes no start with %j",
    (fields) => {
      const started = { type: "started", v: 1, worker: "w1", places: 1, version: "1", reads: [1], ...fields };
      expect(parseProgress(JSON.stringify(started)).ok).toBe(false);
    },
  );

  it("reads progress lines", () => {
    const started = {
      type: "started",
      v: 1,
      worker: "w1",
      places: 10,
      version: "0.1.0",
      reads: [1],
    } as const;
    expect(parseProgress(encodeAnswer(started))).toEqual({ ok: true, value: started });
    expect(parseProgress('{"type":"dance","v":1}').ok).toBe(false);
  });
});

describe("control messages", () => {
  it("come back as they were sent", () => {
    const message = { type: "revoke", run: "r1", client: "c1", jobs: ["pkg1"] } as const;
    expect(parseControl(encodeControl(message))).toEqual({ ok: true, value: { ...message, v: 1 } });
    expect(parseControl('{"type":"explode","run":"r","client":"c"}').ok).toBe(false);
  });
});
