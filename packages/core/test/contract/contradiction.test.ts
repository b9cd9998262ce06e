import { describe, expect, it, test } from "vitest";
import { contradictionIn, type WaysToEnd } from "../../src/contract/contradiction.ts";
import { OUTCOMES, type Outcome } from "../../src/work/outcome.ts";

type Said = Parameters<typeof contradictionIn>[0];

const JOBS = {
  plain: { okCodes: [0, 3] },
  timed: { okCodes: [0, 3], timeoutMs: 1000 },
  reboot: { okCodes: [0, 3], reboot: { timeoutMs: 1000 } },
  outputs: { okCodes: [0, 3], outputs: true },
} as const satisfies Record<string, WaysToEnd>;
type Job = keyof typeof JOBS;

const ENDS = {
  nothing: {},
  "ok code": { exitCode: 3 },
  "other code": { exitCode: 7 },
  signal: { signal: "SIGTERM" },
  "code of a signal": { exitCode: 143, signal: "SIGTERM" },
} as const;
const ALSO = {
  nothing: {},
  blame: { blame: "host" },
  mayBeRunning: { mayBeRunning: true },
  notTaken: { notTaken: "unproved" },
  noRecord: { noRecord: { upMs: 5 } },
  otherRecord: { otherRecord: true },
} as const satisfies Record<string, Partial<Said>>;

const all = <Key extends string>(record: Record<Key, unknown>) => Object.keys(record) as Key[];
const anyEnd = all(ENDS);

/** All that can be: how it ended, by the job, and what may be said besides. Everything else is a contradiction. */
const CAN_BE: Record<Outcome, { ends: Record<Job, (keyof typeof ENDS)[]>; also: (keyof typeof ALSO)[] }> = {
  ok: {
    ends: {
      plain: ["ok code"],
      timed: ["ok code"],
      reboot: ["nothing", "ok code", "signal"],
      outputs: ["ok code"],
    },
    also: ["nothing", "mayBeRunning"],
  },
  failed: {
    ends: {
      plain: ["other code", "signal", "code of a signal"],
      timed: ["other code", "signal", "code of a signal"],
      reboot: anyEnd,
      outputs: ["ok code", "other code", "signal", "code of a signal"],
    },
    also: ["nothing", "blame", "mayBeRunning"],
  },
  timedOut: {
    ends: { plain: [], timed: anyEnd, reboot: anyEnd, outputs: [] },
    also: ["nothing", "blame", "mayBeRunning"],
  },
  cancelled: {
    ends: { plain: anyEnd, timed: anyEnd, reboot: anyEnd, outputs: anyEnd },
    also: ["nothing", "blame", "mayBeRunning"],
  },
  unknown: never(["nothing", "blame", "mayBeRunning", "noRecord", "otherRecord"]),
  unreachable: never(["nothing", "blame", "noRecord"]),
  refused: never(["nothing", "blame", "notTaken", "noRecord", "otherRecord"]),
  skipped: never(["nothing", "blame", "noRecord"]),
};

function never(also: (keyof typeof ALSO)[]) {
  return {
    ends: { plain: ["nothing"], timed: ["nothing"], reboot: ["nothing"], outputs: ["nothing"] },
    also,
  } satisfies (typeof CAN_BE)[Outcome];
}

const EVERY = OUTCOMES.flatMap((outcome) =>
  all(JOBS).flatMap((job) =>
    anyEnd.flatMap((end) => all(ALSO).map((also) => [outcome, job, end, also] as const)),
  ),
);

describe("what an outcome says of itself and of its job", () => {
  it.each(EVERY)("%s of a %s job with %s, and %s", (outcome, job, end, also) => {
    const { ends, also: besides } = CAN_BE[outcome];
    const outputs = job === "outputs" ? { outputs: { leader: "db1" } } : {};
    const found = contradictionIn({ outcome, ...ENDS[end], ...ALSO[also], ...outputs }, JOBS[job]);
    if (ends[job].includes(end) && besides.includes(also)) expect(found).toBeUndefined();
    else expect(found).toMatch(/^\w+/);
  });

  test.each<[Said, string]>([
    [{ outcome: "ok", exitCode: 7 }, "ok with exit code 7, which is not among okCodes (0, 3)"],
    [{ outcome: "ok" }, "ok without an exit code"],
    [{ outcome: "ok", exitCode: 0, blame: "worker" }, "ok, and yet somebody's fault (worker)"],
    [{ outcome: "failed", exitCode: 3 }, "failed with exit code 3, which is among okCodes (0, 3)"],
    [{ outcome: "failed" }, "failed with neither exit code nor signal"],
    [{ outcome: "failed", exitCode: 7, signal: "SIGTERM" }, "SIGTERM, and yet exit code 7"],
    [{ outcome: "timedOut", exitCode: 143 }, "timedOut, and the job has no timeout"],
    [{ outcome: "unreachable", exitCode: 0 }, "unreachable, and yet exit code 0"],
    [{ outcome: "unknown", signal: "SIGKILL" }, "unknown, and yet SIGKILL"],
    [{ outcome: "refused", mayBeRunning: true }, "refused, and yet it may be running"],
    [{ outcome: "skipped", notTaken: "expired" }, "not taken (expired), and yet skipped"],
    [
      { outcome: "cancelled", noRecord: { upMs: 1 } },
      "cancelled, and yet its host has no record to tell that",
    ],
  ])("%j is told by name", (said, told) => {
    expect(contradictionIn(said, JOBS.plain)).toBe(told);
  });

  test("an ok job whose outputs are wanted has them, and no other has any", () => {
    const ok = { outcome: "ok", exitCode: 0 } as const;
    expect(contradictionIn(ok, JOBS.outputs)).toBe("ok, and yet without its outputs");
    expect(contradictionIn({ ...ok, outputs: {} }, JOBS.outputs)).toBeUndefined();
    expect(contradictionIn({ ...ok, outputs: {} }, JOBS.plain)).toBe(
      "ok with outputs, which nobody asked for",
    );
  });
});

describe("what is told of a change", () => {
  const asks: WaysToEnd = { okCodes: [0], unless: "false" };
  it.each<[string, Said, WaysToEnd, boolean]>([
    ["not needed", { outcome: "ok", changed: false }, asks, true],
    ["not needed, of a job that asks nothing", { outcome: "ok", changed: false }, { okCodes: [0] }, false],
    ["not needed, and so no outputs", { outcome: "ok", changed: false }, { ...asks, outputs: true }, true],
    ["not needed, and yet an exit code", { outcome: "ok", exitCode: 0, changed: false }, asks, false],
    ["not needed, and yet failed", { outcome: "failed", changed: false }, asks, false],
    ["done", { outcome: "ok", exitCode: 0, changed: true }, asks, true],
    ["done in vain", { outcome: "failed", exitCode: 1, changed: true }, asks, true],
    ["done, without an exit code", { outcome: "ok", changed: true }, asks, false],
    ["done, and yet never begun", { outcome: "skipped", changed: true }, asks, false],
    ["nobody knows", { outcome: "unknown", changed: true }, asks, false],
    ["a question that failed", { outcome: "failed", blame: "host" }, asks, true],
    ["a failure without a word", { outcome: "failed", blame: "host" }, { okCodes: [0] }, false],
  ])("%s", (_, said, job, canBe) => {
    expect(contradictionIn(said, job) === undefined).toBe(canBe);
  });
});
