import type { Outcome, RunEvent, RunPlan } from "@roadrunner/core";
import { describe, expect, it } from "vitest";
import { job, plan, slot, stage } from "../../../../test/support/plans.ts";
import { hostsToRetry, pastToResume } from "../../src/resume/counting-past.ts";

/** The events of a run that had a job undone, as a journal has them. */
class Journal {
  readonly events: RunEvent[];

  constructor(what: RunPlan) {
    this.events = [{ type: "run.started", plan: what } as unknown as RunEvent];
  }

  #add(event: object): this {
    this.events.push({ time: "2026-11-29T03:00:00.000Z", run: "r", slot: 1, ...event } as RunEvent);
    return this;
  }

  asked(of: string, host: string, attempt: number, stageName?: string): this {
    return this.#add({ type: "task.asked", job: of, host, attempt, ...(stageName && { stage: stageName }) });
  }

  ended(of: string, host: string, attempt: number, outcome: Outcome, stageName?: string): this {
    const names = { job: of, host, attempt, ...(stageName && { stage: stageName }) };
    return this.#add({ type: "task.ended", final: true, outcome, ...names });
  }

  failed(): this {
    return this.#add({ type: "slot.ended", verdict: "failed" });
  }
}

const undo = { undoes: "upgrade" } as const;

describe("a job without stages that was undone", () => {
  const what = plan([
    slot(job({ name: "upgrade", hosts: 4 }), job({ name: "upgrade.undo", hosts: 4, ...undo })),
  ]);
  const journal = new Journal(what)
    .asked("upgrade", "h1", 1)
    .ended("upgrade", "h1", 1, "ok")
    .asked("upgrade", "h2", 2)
    .ended("upgrade", "h2", 2, "unknown")
    .asked("upgrade", "h3", 1)
    .ended("upgrade", "h3", 1, "failed")
    .ended("upgrade", "h4", 1, "skipped")
    .asked("upgrade.undo", "h3", 1)
    .ended("upgrade.undo", "h3", 1, "ok")
    .asked("upgrade.undo", "h1", 1)
    .failed();

  it("has all hosts taken again that were undone, however they had ended, and not those that were not", () => {
    expect(hostsToRetry(journal.events, ["failed"])).toEqual(["1/upgrade/h1", "1/upgrade/h3"]);
    expect(hostsToRetry(journal.events, ["unreachable"])).toEqual(["1/upgrade/h1", "1/upgrade/h3"]);
    expect(hostsToRetry(journal.events, ["unknown"])).toEqual([
      "1/upgrade/h1",
      "1/upgrade/h2",
      "1/upgrade/h3",
    ]);
  });

  it("begins anew there with the next numbers, and so does what undoes it, also where that was cut off", () => {
    const { firstAttempts, knownEnds, events } = pastToResume(journal.events, ["failed"]);
    expect(Object.fromEntries(firstAttempts)).toEqual({
      "1/upgrade/h1": 2,
      "1/upgrade/h3": 2,
      "1/upgrade.undo/h1": 2,
      "1/upgrade.undo/h3": 2,
    });
    expect([...knownEnds.keys()]).toEqual(["1/upgrade/h2"]);
    expect(events.filter((event) => "host" in event && event.host !== "h2")).toEqual([]);
  });

  it("keeps its ends where the run goes on without taking hosts again", () => {
    const { firstAttempts, events } = pastToResume(journal.events);
    expect(firstAttempts.size).toBe(0);
    expect(events.filter(({ type }) => type === "task.asked")).toHaveLength(5);
  });
});

it("a host that was taken back goes its whole way again, whatever its stage says of where a retry goes on", () => {
  const way = [stage("drain"), stage("install", { retryFrom: "stage" })] as const;
  const what = plan([
    slot(
      job({ name: "upgrade", hosts: 2, stages: way }),
      job({ name: "upgrade.undo", hosts: 2, stages: way, ...undo }),
    ),
  ]);
  const journal = new Journal(what);
  for (const host of ["h1", "h2"])
    journal
      .asked("upgrade", host, 1, "drain")
      .ended("upgrade", host, 1, "ok", "drain")
      .asked("upgrade", host, 1, "install")
      .ended("upgrade", host, 1, "failed", "install");
  for (const host of ["h1", "h2"]) {
    journal.ended("upgrade", host, 1, "failed");
    Object.assign(journal.events.at(-1) ?? {}, { decidedBy: "install" });
  }
  // Cut off at its second stage: the way that undoes has no end.
  journal
    .asked("upgrade.undo", "h1", 1, "drain")
    .ended("upgrade.undo", "h1", 1, "ok", "drain")
    .asked("upgrade.undo", "h1", 1, "install")
    .failed();
  expect(Object.fromEntries(pastToResume(journal.events, ["failed"]).firstAttempts)).toEqual({
    "1/upgrade/h1": 2,
    "1/upgrade/h1/drain": 2,
    "1/upgrade/h1/install": 2,
    "1/upgrade/h2": 2,
    "1/upgrade/h2/install": 2,
    "1/upgrade.undo/h1/drain": 2,
    "1/upgrade.undo/h1/install": 2,
  });
});
