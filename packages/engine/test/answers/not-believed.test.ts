import type { StartedMessage } from "@roadrunner/core";
import { describe, expect, it } from "vitest";
import { answers, bytes, started, outcome, unnamed, KNOWN } from "./answering.ts";

describe("what answers another task", () => {
  const misdirected = /the job server mixes up its jobs, and nothing of it is believed$/;

  it.each([
    [unnamed({ host: "web2" }), "web2"],
    [outcome({ host: "web2" }), "web2"],
    [outcome({ submission: "n2" }), "another submission"],
    [outcome({ host: "", submission: "n2", outcome: "refused" }), "another submission"],
    [outcome({ host: "" }), ""],
    [unnamed({ host: "" }), ""],
  ])("is not believed: %j", (other, whose) => {
    const end = answers().end(bytes(other), KNOWN);
    expect(end).toMatchObject({
      type: "lost",
      disbelieved: "misdirected",
      reason: expect.stringMatching(misdirected) as string,
    });
    expect(end.type === "lost" && end.reason).toContain(`what answers ${whose} came for web1`);
  });

  it.each([
    outcome(),
    unnamed({ host: "", outcome: "refused", blame: "submission" }),
    unnamed({ host: "", outcome: "unknown", blame: "worker" }),
  ])("is told from what answers this one, and from what could not read which: %j", (own) => {
    expect(answers().end(bytes(own), KNOWN)).toMatchObject({ type: "ended" });
  });

  it("starts nothing", () => {
    const reader = answers();
    const said = reader.progress(bytes({ ...started("w1"), submission: "n2" }), 1500);
    expect(said).toMatchObject([
      { type: "misdirected", reason: expect.stringMatching(misdirected) as string },
    ]);
    expect(reader.started).toBe(false);
    expect(reader.progress(bytes({ ...started("w1"), submission: "n1" }), 1500)).toMatchObject([
      { type: "started", first: true },
    ]);
  });
});

describe("what cannot be true", () => {
  it.each([
    [unnamed({ outcome: "ok" }), "it does not say which submission it answers"],
    [unnamed({ outcome: "refused", blame: "host" }), "it does not say which submission it answers"],
    [outcome({ exitCode: 7 }), "ok with exit code 7, which is not among okCodes (0)"],
    [outcome({ outcome: "failed", exitCode: 0 }), "failed with exit code 0, which is among okCodes (0)"],
    [outcome({ outcome: "unreachable", exitCode: 1 }), "unreachable, and yet exit code 1"],
    [unnamed({ host: "", outcome: "refused", exitCode: 1 }), "refused, and yet exit code 1"],
  ])("is not believed: %j", (message, why) => {
    expect(answers().end(bytes(message), KNOWN)).toEqual({
      type: "lost",
      disbelieved: "unread",
      reason: `the answer of worker w1 cannot be true, and is not believed: ${why}`,
    });
  });

  it.each(["unreachable", "skipped"] as const)("is %s of what was heard to begin", (end) => {
    const reader = answers();
    reader.progress(bytes(started("w1")), 1500);
    reader.progress(bytes({ v: 1, type: "began", bootId: "00000000-0000-4000-8000-000000000000" }), 1600);
    expect(reader.end(bytes(outcome({ outcome: end })), KNOWN)).toEqual({
      type: "lost",
      disbelieved: "unread",
      reason: `the answer of worker w1 cannot be true, and is not believed: ${end}, and yet it had begun`,
    });
    expect(answers().end(bytes(outcome({ outcome: end })), KNOWN)).toMatchObject({ type: "ended" });
  });

  it("is no start either", () => {
    const { submission: _, ...start } = started("w1") as StartedMessage;
    const reader = answers();
    expect(reader.progress(bytes(start), 1500)).toMatchObject([
      { type: "warning", text: expect.stringMatching(/a start that names no submission$/) as string },
    ]);
    expect(reader.started).toBe(false);
  });
});
