import type { RunEvent } from "@roadrunner/core";
import { describe, expect, it } from "vitest";
import { planOf } from "../../coordinator/kit.ts";
import type { HostLine } from "../../faults/host-log.ts";
import { checkAuthority, checkUnbelieved, type AuditLine, type SpokenWord } from "./check-authority.ts";

const plan = planOf({
  name: "flow",
  slots: [
    { jobs: [{ name: "job", hosts: "h[1-2]", command: "do it", retries: 1 }] },
    { jobs: [{ name: "way", hosts: "h1", stages: [{ name: "drain", at: "h3", command: "drain" }] }] },
  ],
});
const word: SpokenWord = {
  ...{ by: "alice", key: "SHA256:alice" },
  body: { plan: "p", carriers: ["SHA256:one"], pastAttempts: 0, issuedMs: 1000, notAfterMs: 5000 },
};
const at = (ms: number) => new Date(ms).toISOString();
const did: AuditLine = {
  ...{ time: at(2000), principal: "alice", key: "SHA256:alice", carrier: "SHA256:one", run: "r", plan: "p" },
  ...{ slot: 1, job: "job", attempt: 1, host: "h2", command: "do it", outcome: "ok" },
};
const ofStage: AuditLine = {
  ...{ ...did, slot: 2, job: "way", stage: "drain", target: "h1", host: "h3", command: "drain" },
};
const start: HostLine = { kind: "start", job: "job", attempt: 1, upS: 1 };

function check(of: {
  readonly lines?: readonly AuditLine[];
  readonly words?: readonly SpokenWord[];
  readonly started?: readonly (readonly [host: string, line: HostLine])[];
  readonly events?: readonly object[];
}): readonly string[] {
  const { lines = [], words = [word], started = [], events = [] } = of;
  const logs = new Map(started.map(([host, line]) => [host, [line]]));
  return checkAuthority({ run: "r", plan, words, lines, logs, events: events as readonly RunEvent[] });
}

describe("what was done by the word of an operator", () => {
  it("is well where all of it is in the plan that he signed", () => {
    const again = { ...did, attempt: 2, host: "h1" };
    const other = { ...did, run: "another", principal: "mallory" };
    const gate = { ...did, job: "job", gate: "page", reading: "status", outcome: "", command: "" };
    const drained: HostLine = { kind: "start", job: "way/drain@h1", attempt: 1, upS: 1 };
    expect(
      check({
        lines: [did, again, ofStage, other, gate],
        started: [["h1", start] as const, ["h3", drained]],
      }),
    ).toEqual([]);
  });

  it.each<[string, Partial<AuditLine>, RegExp]>([
    ["another's word", { principal: "bob" }, /bob has not signed it/],
    ["another key", { key: "SHA256:other" }, /alice has not signed it \(SHA256:other\)/],
    ["nobody's word", { principal: undefined, key: undefined }, /nobody has not signed it/],
    ["a coordinator for which it was not signed", { carrier: "SHA256:two" }, /not signed for SHA256:two/],
    ["no coordinator", { carrier: undefined }, /not signed for nobody/],
    ["another plan", { plan: "q" }, /of another plan/],
    ["another command", { command: "do that" }, /its command is another/],
    ["another host", { host: "h3" }, /the plan has no such task/],
    ["another job", { job: "other" }, /the plan has no such task/],
    ["another slot", { slot: 2 }, /the plan has no such task/],
    ["a stage that there is not", { stage: "x" }, /the plan has no such task/],
    ["an attempt more", { attempt: 3 }, /2 attempts were signed/],
  ])("is told where it is by %s", (_what, fields, why) => {
    const [problem, ...others] = check({ lines: [{ ...did, ...fields }] });
    expect(others).toEqual([]);
    expect(problem).toMatch(/^unsigned: /);
    expect(problem).toMatch(why);
  });

  it("may be more attempts where they were signed for, and for another coordinator", () => {
    const anew = { ...word, body: { ...word.body, pastAttempts: 2, carriers: ["SHA256:one", "SHA256:two"] } };
    const line = { ...did, attempt: 4, carrier: "SHA256:two" };
    expect(check({ lines: [line], words: [word, anew] })).toEqual([]);
    expect(check({ lines: [{ ...line, attempt: 5 }], words: [word, anew] })).toHaveLength(1);
  });

  it.each<[string, string, HostLine]>([
    ["a job that there is not", "h1", { ...start, job: "other" }],
    ["another host", "h3", start],
    ["an attempt more", "h1", { ...start, attempt: 3 }],
    ["a stage at another host's way", "h3", { ...start, job: "way/drain@h2" }],
    ["a stage where it is not", "h1", { ...start, job: "way/drain" }],
  ])("is told by what a host says of %s", (_what, host, line) => {
    expect(check({ started: [[host, line]] })).toEqual([expect.stringMatching(/^unsigned: /)]);
  });
});

describe("what a worker refused", () => {
  const refused = (reason: string, fields: object = {}): AuditLine => ({
    ...{ ...did, outcome: "refused", reason },
    ...fields,
  });

  it.each([
    "not done: another coordinator has this run by now, in epoch 3; who asked has epoch 2",
    "not done: the run was surely its coordinator's until 4 s ago, by this worker's clock",
    "it is older than this worker, which cannot tell whether it was taken before",
    "it expired at 2026-11-29T00:00:00.000Z",
    "replayed: this worker has taken this submission before",
    "it was asked for before, and the host has no record of it: whether it ran there is not known",
  ])("is well where it was of no use any more: %s", (reason) => {
    expect(check({ lines: [refused(reason)] })).toEqual([]);
    const { run: _, ...unbelieved } = refused(reason);
    expect(checkUnbelieved([unbelieved], new Set())).toEqual([]);
  });

  it.each([
    "it is not in the plan that the operator signed: it was altered, or added",
    "attempt 3 is more than the 2 that the operator signed",
    "alice may not run on h2 as root",
    "it was signed for another run",
  ])("is told where it was not to be: %s", (reason) => {
    expect(check({ lines: [refused(reason)] })).toEqual([`refused: job h2 1 at ${at(2000)}: ${reason}`]);
  });

  it("is told of a gate as well", () => {
    const gate = { ...did, gate: "page", outcome: "", reading: "none" };
    const reason = "it is not in the plan that the operator signed: it was altered, or added";
    expect(check({ lines: [{ ...gate, reason }] })).toEqual([
      expect.stringMatching(/^refused: job gate page/),
    ]);
    expect(check({ lines: [{ ...gate, reason: "connect ECONNREFUSED" }] })).toEqual([]);
  });

  it("is well for its time where that was over, and else told", () => {
    const reason = "its signed plan expired at 2026-11-29T00:00:00.000Z: sign it anew (rr-submit sign)";
    expect(check({ lines: [refused(reason, { time: at(5001) })] })).toEqual([]);
    expect(check({ lines: [refused(reason, { time: at(4999) })] })).toHaveLength(1);
    const anew = { ...word, body: { ...word.body, issuedMs: 5000, notAfterMs: 9000 } };
    expect(check({ lines: [refused(reason, { time: at(5001) })], words: [word, anew] })).toHaveLength(1);
  });

  it.each(["the record on the host", "the record of this attempt on the host"])(
    "is well where %s is another signer's, if there was another, and else told",
    (which) => {
      const reason = `${which} is of another command, or of another signer's`;
      expect(check({ lines: [refused(reason)] })).toHaveLength(1);
      const bobs = { ...word, by: "bob", key: "SHA256:bob" };
      expect(check({ lines: [refused(reason)], words: [word, bobs] })).toEqual([]);
    },
  );

  it("is told where nothing was believed, but of a key for which a run was not signed", () => {
    const { run: _, ...line } = refused(
      "the key SHA256:two is none of those that its operator lets carry the run",
    );
    expect(checkUnbelieved([line], new Set(["SHA256:two"]))).toEqual([]);
    expect(checkUnbelieved([line], new Set(["SHA256:one"]))).toEqual([
      expect.stringMatching(/^refused: at .* SHA256:two/),
    ]);
    const stranger = { ...line, reason: "the key SHA256:two is not among the allowed signers" };
    expect(checkUnbelieved([stranger], new Set(["SHA256:two"]))).toHaveLength(1);
  });

  it("is told where a task ended so, but for want of an output", () => {
    const end = { type: "task.ended", job: "job", host: "h1", attempt: 1, outcome: "refused" };
    expect(check({ events: [{ ...end, reason: "no record of it" }] })).toEqual([
      "refused: job h1 attempt 1 ended so: no record of it",
    ]);
    expect(check({ events: [{ ...end, reason: "MARK has no value on h1: no host has one" }] })).toEqual([]);
    expect(check({ events: [{ ...end, outcome: "failed" }] })).toEqual([]);
  });
});
