import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { advance } from "../../src/rollout/advance.ts";
import { createRollout } from "../../src/rollout/create-rollout.ts";
import { jobNumbers } from "../../src/rollout/plan/job-numbers.ts";
import type { Announcement, RolloutAction, RolloutEvent, TaskRef } from "../../src/rollout/machine-events.ts";
import { mostDown } from "../../src/rollout/plan/most-down.ts";
import { asksFirst, retriesOf, runsAlways } from "../../src/rollout/plan/stages.ts";
import { spreadNumbers } from "../../src/rollout/plan/spread-numbers.ts";
import type { Outcome } from "../../src/work/outcome.ts";
import type { Verdict } from "../../src/rollout/verdict.ts";
import { lucks, plans } from "./arbitraries.ts";
import { faultIn, observe, options, RUNS } from "./observe.ts";
import { exactLimit } from "./exact-amounts.ts";
import { RunWatch, taskKey, tasksOf, type JobWatch } from "./observer.ts";

/** The job of a submission that is the first one of its host. */
function firstStart(action: RolloutAction, watch: RunWatch): JobWatch | undefined {
  if (action.type !== "submit") return undefined;
  const job = watch.jobOf(action.task);
  return job?.submitted.includes(action.task.host) === false ? job : undefined;
}

function retriesFor(task: TaskRef, watch: RunWatch): ReturnType<typeof retriesOf> | undefined {
  const job = watch.jobOf(task);
  return job === undefined ? undefined : retriesOf(job.plan, task.stage);
}

describe("in every run", { timeout: 120_000 }, () => {
  it("in flight and held places never exceed the window", () => {
    expect(
      faultIn(() => ({
        action: (action, watch) => {
          const job = firstStart(action, watch);
          if (job === undefined) return undefined;
          const places = job.placesAt(job.submitted.length);
          return job.inFlight + job.held >= places && `${job.inFlight} + ${job.held} of ${places}`;
        },
      })),
    ).toBeUndefined();
  });

  it("each task that takes part ends exactly once, and the counts are theirs", () => {
    fc.assert(
      fc.property(plans, lucks, options, (plan, luck, how) => {
        const { watch, mode } = observe(plan, luck, how); // the watch throws at a second end
        fc.pre(mode === "ended");
        const expected = tasksOf(plan, watch);
        expect([...watch.finalEnds.keys()].toSorted()).toEqual(expected.toSorted());
        const counts: Partial<Record<Outcome, number>> = {};
        for (const outcome of watch.finalEnds.values()) counts[outcome] = (counts[outcome] ?? 0) + 1;
        const told = Object.entries(watch.ended?.counts ?? {}).filter(([, count]) => count > 0);
        expect(Object.fromEntries(told)).toEqual(counts);
      }),
      RUNS,
    );
  });

  it("nothing starts after a decision or a stop, and what is asked again then may not start", () => {
    expect(
      faultIn(() => ({
        action: (action, watch) => {
          if (action.type !== "submit") return undefined;
          const { task, again, noStart } = action;
          const job = watch.jobOf(task);
          const { stage = 0 } = task;
          const ofWay = job?.killed === true && !runsAlways(job.plan, stage) ? "a kill" : undefined;
          // Who is only asked whether there is a need has not set out.
          const first = job !== undefined && asksFirst(job.plan, 0) ? 1 : 0;
          const decided = stage > first ? ofWay : (job?.broken ?? watch.isStopped(task));
          if (decided === undefined) return noStart === true && "may start, but was not let";
          return !(again && noStart === true) && `started after ${decided}`;
        },
      })),
    ).toBeUndefined();
  });

  it("a job is decided at the first event that decides it, and not before", () => {
    expect(
      faultIn(() => {
        const skipped = new Map<JobWatch, number>();
        return {
          turn: (turn, watch) => {
            if (turn.actions.some((action) => action.type === "interrupt")) return undefined;
            for (const [key, job] of watch.jobs) {
              const broken = job.broken;
              if (broken !== undefined && job.left > 0) return `${key}: ${broken}, and hosts are left`;
              const more = job.neverSubmitted > (skipped.get(job) ?? 0);
              skipped.set(job, job.neverSubmitted);
              if (more && (broken ?? watch.isStopped(job.at)) === undefined) return `${key}: skipped hosts`;
            }
            return undefined;
          },
        };
      }),
    ).toBeUndefined();
  });

  it("boundFailures bounds the failures at n − need + 1, and each limited outcome at its limit + 1", () => {
    expect(
      faultIn(() => ({
        turn: (_, watch) => {
          for (const job of watch.jobs.values()) {
            if (!job.plan.boundFailures) continue;
            if (job.failures > Math.max(0, job.hosts - job.need + 1)) return `${job.failures} failures`;
            for (const [outcome, amount] of Object.entries(job.plan.tolerate)) {
              const count = job.count(outcome as Outcome);
              if (count > exactLimit(amount, job.hosts) + 1) return `${count} ${outcome}`;
            }
          }
          return undefined;
        },
      })),
    ).toBeUndefined();
  });

  it("no step starts before its barrier and wait, or after a step that did not pass", () => {
    expect(
      faultIn(() => ({
        action: (action, watch, turn) => {
          const job = firstStart(action, watch);
          if (job === undefined || !job.plan.stepped) return undefined;
          const position = job.submitted.length;
          const index = job.steps.findIndex(({ end }) => position < end);
          const before = job.steps[index - 1];
          if (before === undefined) return undefined;
          const earlier = job.submitted.slice(0, before.end);
          if (!earlier.every((host) => job.ends.has(host))) return `step ${index + 1}: before its barrier`;
          const ok = job.outcomesOfStep(index - 1).filter((outcome) => outcome === "ok").length;
          if (ok < before.need) return `step ${index + 1}: the one before did not pass`;
          const first = position === before.end;
          return first && turn.event.at < job.barrierAt + job.plan.waitMs && `step ${index + 1}: no wait`;
        },
      })),
    ).toBeUndefined();
  });

  it("a new attempt follows one that ended as retryOn says, at most retries times, never one that may run", () => {
    expect(
      faultIn(() => {
        const last = new Map<string, { attempt: number; mayFollow: boolean }>();
        /** Attempts that a worker found closed: they never began, so the next one is no retry. */
        const closed = new Map<string, number>();
        return {
          action: (action, watch) => {
            if (action.type === "announce" && action.announcement.type === "taskEnded") {
              const { task, end, final } = action.announcement;
              const retryOn: readonly string[] = retriesFor(task, watch)?.retryOn ?? [];
              const proper = end.noRetry !== true && end.mayBeRunning !== true;
              const neverBegan = !final && end.outcome === "skipped" && end.worker !== undefined;
              const mayFollow = neverBegan || (!final && proper && retryOn.includes(end.outcome));
              if (neverBegan) closed.set(taskKey(task), (closed.get(taskKey(task)) ?? 0) + 1);
              last.set(taskKey(task), { attempt: task.attempt, mayFollow });
            }
            if (action.type !== "submit" || action.task.attempt === 1) return undefined;
            const { attempt } = action.task;
            const retries = retriesFor(action.task, watch)?.retries ?? 0;
            if (attempt > retries + 1 + (closed.get(taskKey(action.task)) ?? 0)) return `attempt ${attempt}`;
            const before = last.get(taskKey(action.task));
            if (before?.attempt === attempt) return undefined; // the same attempt again
            const follows = before?.attempt === attempt - 1 && before.mayFollow;
            return !follows && `attempt ${attempt} after ${JSON.stringify(before)}`;
          },
        };
      }),
    ).toBeUndefined();
  });

  it("the verdicts follow from the outcomes", () => {
    fc.assert(
      fc.property(plans, lucks, options, (plan, luck, how) => {
        const { watch, mode } = observe(plan, luck, how);
        fc.pre(mode === "ended");
        const jobs = [...watch.jobs.values()];
        const verdicts = jobs.map((job): Verdict => {
          if (job.broken !== undefined) return "failed";
          return job.count("ok") >= job.need ? "succeeded" : "cancelled";
        });
        expect(jobs.map((job) => job.verdict)).toEqual(verdicts);
        const slots = plan.slots.length + plan.finally.length;
        const cut = watch.slotsStarted < slots || watch.stopped.has("slots") || watch.stopSeen;
        const open = cut || verdicts.includes("cancelled") ? "cancelled" : "succeeded";
        expect(watch.ended?.verdict).toBe(verdicts.includes("failed") ? "failed" : open);
      }),
      RUNS,
    );
  });

  it("the same events give the same actions", () => {
    fc.assert(
      fc.property(plans, lucks, options, (plan, luck, how) => {
        const { turns } = observe(plan, luck, how);
        let state = createRollout(plan, how);
        for (const { event, actions } of turns) {
          const next = advance(state, event);
          state = next.state;
          expect(next.actions).toEqual(actions);
        }
      }),
      RUNS,
    );
  });

  it("answers that come twice change nothing", () => {
    fc.assert(
      fc.property(plans, lucks, options, (plan, luck, how) => {
        const { turns, watch } = observe(plan, luck, how);
        let state = createRollout(plan, how);
        const twice = new RunWatch(plan);
        const doubled = turns.flatMap(({ event }): RolloutEvent[] =>
          event.type === "taskEnded" || event.type === "taskStarted" ? [event, event] : [event],
        );
        for (const event of doubled) {
          const next = advance(state, event);
          state = next.state;
          for (const action of next.actions) twice.take(action, { event, actions: next.actions });
        }
        expect(twice.ended).toEqual(watch.ended);
        expect(twice.finalEnds).toEqual(watch.finalEnds);
      }),
      RUNS,
    );
  });

  it("what was announced, fed back as a journal's replay does, gives the same ends and verdict", () => {
    fc.assert(
      fc.property(plans, lucks, options, (plan, luck, how) => {
        const { turns, watch, mode } = observe(plan, luck, how);
        fc.pre(mode === "ended");
        let state = createRollout(plan, how);
        const again = new RunWatch(plan);
        const send = (event: RolloutEvent): void => {
          const next = advance(state, event);
          state = next.state;
          for (const action of next.actions) again.take(action, { event, actions: next.actions });
        };
        for (const { event, actions } of turns) {
          for (const action of actions) {
            const recorded = action.type === "announce" ? replayed(action.announcement, event.at) : undefined;
            if (recorded !== undefined) send(recorded);
          }
          if (event.type === "begin") send(event);
        }
        expect(again.finalEnds).toEqual(watch.finalEnds);
        expect(again.ended).toEqual(watch.ended);
      }),
      RUNS,
    );
  });

  it("no more hosts are down at once than the plan says", () => {
    expect(
      faultIn(() => ({
        turn: (_, watch) => {
          for (const job of watch.jobs.values()) {
            const { total } = mostDown(
              job.plan,
              jobNumbers(job.plan, job.hosts, spreadNumbers(job.plan, job.order)),
            );
            const down = job.inFlight + job.failures;
            if (down > total) return `${down} down, ${total} told`;
          }
          return undefined;
        },
      })),
    ).toBeUndefined();
  });

  it("the run ends with a verdict, if no worker blames itself", () => {
    fc.assert(
      fc.property(plans, lucks, options, (plan, luck, how) => {
        const { mode, watch } = observe(plan, luck, { ...how, blame: false });
        expect(mode).toBe("ended");
        expect(watch.ended).toBeDefined();
      }),
      RUNS,
    );
  });
});

/** The event that a recorded announcement stands for; all others tell at least what time it is. */
function replayed(announcement: Announcement, at: number): RolloutEvent {
  switch (announcement.type) {
    case "slotStarted":
      // With its slot: a slot that was over as it started must not say yes to the one that asks after it.
      return { type: "confirmed", at, phase: announcement.phase, slot: announcement.slot };
    case "taskStarted":
      return { ...announcement, at };
    case "taskEnded":
      return { type: "taskEnded", at, task: announcement.task, end: announcement.end };
    case "runStopping":
      return { type: "stopRequested", at, how: announcement.how, reason: announcement.reason };
    default:
      return { type: "timePassed", at };
  }
}
