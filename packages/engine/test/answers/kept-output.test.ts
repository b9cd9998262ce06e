import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OutcomeMessage } from "@roadrunner/core";
import { reportOf } from "../../src/answers/kept-output.ts";

const answer = (fields: Partial<OutcomeMessage>): OutcomeMessage => ({
  v: 1,
  host: "db1",
  outcome: "ok",
  worker: "w",
  stdout: "",
  stderr: "",
  ...fields,
});

describe("reportOf", () => {
  it("keeps short output whole", () => {
    expect(reportOf(answer({ stdout: "hi\n", exitCode: 0, connectMs: 3 }), 1000, 10.4)).toEqual({
      stdout: "hi\n",
      stderr: "",
      exitCode: 0,
      connectMs: 3,
      queuedMs: 7,
    });
  });

  it("keeps the first and the last part of long output and tells what it left out", () => {
    const report = reportOf(
      answer({ stdout: `begin${"x".repeat(5000)}end`, omittedBytes: { stdout: 7, stderr: 0 } }),
      1000,
      0,
    );
    expect(report.stdout).toMatch(/^beginx+end$/);
    expect(report.stdout).toHaveLength(1000);
    expect(report.omittedBytes).toEqual({ stdout: 5008 - 1000 + 7, stderr: 0 });
    expect(report.omittedAfter).toEqual({ stdout: 500, stderr: 0 });
  });

  it("tells where the worker left something out, where nothing more is", () => {
    const omittedBytes = { stdout: 7, stderr: 9 };
    const both = { stdout: "beginend", stderr: "äö", omittedBytes };
    const told = reportOf(answer({ ...both, omittedAfter: { stdout: 5, stderr: 2 } }), 1000, 0);
    expect(told).toMatchObject({ omittedBytes, omittedAfter: { stdout: 5, stderr: 2 } });
    // A worker that does not tell leaves out what is in the middle.
    expect(reportOf(answer(both), 1000, 0).omittedAfter).toEqual({ stdout: 4, stderr: 2 });
  });

  it("never tears a character, and what is kept and left out adds up", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 100, maxLength: 400 }), (stdout) => {
        const report = reportOf(answer({ stdout: stdout.toWellFormed() }), 256, 0);
        expect(report.stdout).not.toContain("\ufffd".repeat(2));
        const kept = Buffer.byteLength(report.stdout ?? "");
        expect(kept).toBeLessThanOrEqual(256);
        expect(kept + (report.omittedBytes?.stdout ?? 0)).toBe(Buffer.byteLength(stdout.toWellFormed()));
      }),
    );
  });

  it("cuts binary output by its bytes", () => {
    const bytes = Buffer.alloc(1000, 0xff);
    const report = reportOf(
      answer({ stdout: bytes.toString("base64"), encoding: { stdout: "base64" } }),
      300,
      0,
    );
    expect(Buffer.from(report.stdout ?? "", "base64")).toHaveLength(300);
    expect(report.encoding).toEqual({ stdout: "base64" });
    expect(report.omittedBytes?.stdout).toBe(700);
  });
});
