import { describe, expect, it } from "vitest";
import type { OutcomeMessage } from "@roadrunner/core";
import { askUntilHealthy } from "../../../src/daemon/task/check-host.ts";

const check = { everyMs: 5, stableMs: 0, withinMs: 60_000 };
const answer = (fields: Partial<OutcomeMessage>): OutcomeMessage => ({
  ...{ v: 1, host: "h1", worker: "w", outcome: "ok", stdout: "", stderr: "" },
  ...fields,
});
const no = answer({ outcome: "failed", blame: "host", reason: "exit code 7", exitCode: 7, stderr: "down\n" });
const yes = answer({ exitCode: 0, stdout: "up\n" });

/** Answers one after the other; the last one again and again. */
function asking(
  answers: readonly OutcomeMessage[],
  how: Partial<typeof check> = {},
  stop: { readonly signal?: AbortSignal; readonly revoked?: AbortSignal } = {},
) {
  const limits: number[] = [];
  const ask = async (limitMs: number): Promise<OutcomeMessage> => {
    limits.push(limitMs);
    return answers[Math.min(limits.length, answers.length) - 1] ?? yes;
  };
  const { signal = new AbortController().signal, revoked = new AbortController().signal } = stop;
  const end = askUntilHealthy(
    { workerId: "w" },
    { host: "h1", check: { ...check, ...how }, ask, signal, revoked },
  );
  return { end, limits };
}

describe("a host that is asked until it is well", () => {
  it("is well at its first yes, with the output of that and the time of all", async () => {
    const { end, limits } = asking([no, no, yes]);
    expect(await end).toMatchObject({ outcome: "ok", exitCode: 0, stdout: "up\n" });
    expect(limits).toHaveLength(3);
    expect(limits[0]).toBeLessThanOrEqual(60_000);
    expect(limits[2]).toBeLessThan(limits[0] ?? 0);
    expect((await end).durationMs).toBeGreaterThanOrEqual(8);
  });

  it("takes no connection, no time and no end that is known for a no", async () => {
    const noes = (["unreachable", "timedOut", "unknown"] as const).map((outcome) =>
      answer({ outcome, blame: "host", reason: outcome }),
    );
    expect(await asking([...noes, yes]).end).toMatchObject({ outcome: "ok" });
  });

  it("has failed after its time, with the last answer", async () => {
    expect(await asking([no], { withinMs: 40 }).end).toMatchObject({
      ...{ outcome: "failed", blame: "host", exitCode: 7, stderr: "down\n" },
      reason: "not healthy within 40ms: exit code 7",
    });
  });

  it("that is well, but not for long enough, has failed without the exit code of a yes", async () => {
    const end = await asking([yes], { stableMs: 10_000, withinMs: 20 }).end;
    expect(end).toMatchObject({ reason: "not healthy within 20ms: it was well, but not for 10s" });
    expect(end).not.toHaveProperty("exitCode");
  });

  it("has to be well without a break", async () => {
    const { end, limits } = asking([yes, no, yes], { stableMs: 10 });
    expect((await end).outcome).toBe("ok");
    expect(limits.length).toBeGreaterThanOrEqual(4);
  });

  it("is asked no more where the worker cannot, or must not", async () => {
    for (const end of [
      answer({ outcome: "unreachable", blame: "worker", reason: "no identity" }),
      answer({ outcome: "refused", blame: "submission", reason: "the policy" }),
      answer({ outcome: "cancelled", blame: "submission" }),
    ]) {
      const { end: ended, limits } = asking([end]);
      expect(await ended).toEqual(end);
      expect(limits).toHaveLength(1);
    }
  });

  it("is left at once by a kill and by a revocation", async () => {
    const kill = new AbortController();
    const killed = asking([no], { everyMs: 60_000, withinMs: 120_000 }, { signal: kill.signal }).end;
    setTimeout(() => kill.abort("stop"), 10);
    expect(await killed).toMatchObject({ outcome: "cancelled", blame: "submission" });
    const withdraw = new AbortController();
    const revoked = asking([no], { everyMs: 60_000, withinMs: 120_000 }, { revoked: withdraw.signal }).end;
    setTimeout(() => withdraw.abort(), 10);
    expect(await revoked).toMatchObject({ outcome: "skipped", reason: "revoked before it was healthy" });
  });
});
