import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  advance,
  createRollout,
  taskKey,
  toRunEvent,
  type Outcome,
  type RolloutAction,
  type RolloutEvent,
  type RolloutState,
  type RunEvent,
  type RunPlan,
  type TaskRef,
} from "@roadrunner/core";
import { share, slot } from "../../../../test/support/plans.ts";
import { replay, type Replayed } from "../../src/resume/replay.ts";
import { countingPast, hostsToRetry } from "../../src/resume/counting-past.ts";
import { job } from "./legs.ts";

const plan: RunPlan = {
  name: "f",
  slots: [
    slot(job("a", 4), job("b", 3, { retries: 1, retryDelayMs: 10, success: share(60) })),
    slot(job("c", 4)),
  ],
  finally: [slot(job("z", 2))],
};
const options = { seed: 7, lostTimeoutMs: 0 };

/** Plays a run by hand and keeps its journal. */
class Play {
  readonly events: RunEvent[] = [];
  readonly open = new Map<string, TaskRef>();
  state: RolloutState;
  at = Date.UTC(2026, 10, 24);

  constructor(from?: Replayed) {
    this.state = from?.state ?? createRollout(plan, options);
    for (const task of from?.open ?? []) this.open.set(taskKey(task), task);
    if (from === undefined) {
      this.events.push({ ...this.#head(), type: "run.started", plan } as unknown as RunEvent);
      this.feed({ type: "begin", at: this.at });
    } else {
      this.at = from.at;
    }
  }

  feed(event: RolloutEvent): void {
    const result = advance(this.state, event);
    this.state = result.state;
    for (const action of result.actions) this.#note(action);
  }

  end(task: TaskRef, outcome: Outcome): void {
    this.at += 100;
    this.feed({ type: "taskEnded", at: this.at, task, end: { outcome } });
  }

  /** Ends what is open, oldest first, until nothing is. */
  finish(how: (task: TaskRef) => Outcome, atMost = 1000): void {
    for (let count = 0; count < atMost; count += 1) {
      const [task] = this.open.values();
      if (task === undefined) {
        if (this.state.mode !== "running") return;
        this.at += 1000;
        this.feed({ type: "timePassed", at: this.at });
      } else {
        this.end(task, how(task));
      }
    }
  }

  get verdict(): string | undefined {
    const last = this.events.findLast((event) => event.type === "run.ended");
    return last?.type === "run.ended" ? last.verdict : undefined;
  }

  #note(action: RolloutAction): void {
    if (action.type === "submit") this.open.set(taskKey(action.task), action.task);
    if (action.type === "revoke") {
      // Nothing was started of it: the shell withdraws it.
      for (const task of this.open.values()) {
        if (task.phase !== action.phase || task.slot !== action.slot || task.job !== action.job) continue;
        this.withdrawn.push(task);
      }
    }
    if (action.type !== "announce") return;
    if (action.announcement.type === "taskEnded") this.open.delete(taskKey(action.announcement.task));
    this.events.push(toRunEvent(plan, this.#head(), action.announcement));
  }

  readonly withdrawn: TaskRef[] = [];

  withdraw(): void {
    for (const task of this.withdrawn.splice(0)) this.end(task, "skipped");
  }

  #head() {
    return { time: new Date(this.at).toISOString(), run: "r" };
  }
}

describe("replay", () => {
  it("knows at every moment what is open, and leads to the same verdict", () => {
    const outcomes = fc.array(fc.constantFrom<Outcome>("ok", "ok", "ok", "failed", "unreachable"), {
      minLength: 30,
      maxLength: 30,
    });
    fc.assert(
      fc.property(outcomes, fc.nat(25), (drawn, cutAt) => {
        let next = 0;
        const how = (): Outcome => drawn[next++ % drawn.length] ?? "ok";
        const first = new Play();
        for (let count = 0; count < cutAt && first.state.mode === "running"; count += 1) {
          first.withdraw();
          const [task] = first.open.values();
          if (task === undefined) break;
          first.end(task, how());
        }
        first.withdraw();
        const again = replay(plan, first.events, options);
        expect(again.state.mode).toBe(first.state.mode);
        expect([...again.open].map(taskKey).sort()).toEqual([...first.open.keys()].sort());
        const drawnAt = next;
        const resumed = new Play(again);
        resumed.finish(how);
        next = drawnAt;
        first.finish(how);
        if (first.verdict !== undefined && resumed.events.length > 0)
          expect(resumed.verdict).toBe(first.verdict);
      }),
    );
  });

  it("goes on after a stop request: what was left out is open again, what ended is kept", () => {
    const play = new Play();
    const [task] = play.open.values();
    if (task === undefined) throw new Error("nothing started");
    play.end(task, "ok");
    play.feed({ type: "stopRequested", at: play.at, how: "drain", reason: "SIGINT" });
    play.withdraw();
    play.finish(() => "ok");
    expect(play.verdict).toBe("cancelled");
    const resumed = new Play(replay(plan, play.events, options));
    resumed.finish(() => "ok");
    expect(resumed.verdict).toBe("succeeded");
    const again = resumed.events.flatMap((event) =>
      event.type === "task.ended" && event.slot === 1 ? [event.host] : [],
    );
    expect(again).not.toContain("a-1");
    // finally ran because of the stop; it runs again at the true end, under an attempt of its own.
    const cleaned = resumed.events.flatMap((event) =>
      event.type === "task.ended" && event.job === "z" ? [event.attempt] : [],
    );
    expect(cleaned).toEqual([2, 2]);
  });

  it("retries what only a stop request had kept from its next attempt", () => {
    const play = new Play();
    const retried = [...play.open.values()].find((task) => task.job === 1);
    if (retried === undefined) throw new Error("nothing started");
    play.end(retried, "unreachable");
    play.feed({ type: "stopRequested", at: play.at, how: "drain", reason: "SIGINT" });
    const forced = play.events.filter(
      (event) => event.type === "task.ended" && event.outcome === "unreachable",
    );
    expect(forced.map((event) => event.type === "task.ended" && event.final)).toEqual([false, true]);
    play.withdraw();
    play.finish(() => "ok");
    const resume = { time: new Date(play.at).toISOString(), run: "r", type: "run.resumed" } as RunEvent;
    const finals = countingPast([...play.events, resume]).events.filter(
      (event) => event.type === "task.ended" && event.final && event.outcome === "unreachable",
    );
    expect(finals).toEqual([]);
    const resumed = new Play(replay(plan, play.events, options));
    resumed.finish(() => "ok");
    expect(resumed.verdict).toBe("succeeded");
  });

  it("knows that nothing is left but the verdict, where the stop request came with the last ends", () => {
    const play = new Play();
    while (play.state.phase === "slots") {
      play.withdraw();
      const [task] = play.open.values();
      if (task === undefined) throw new Error("nothing runs");
      play.end(task, "ok");
    }
    play.feed({ type: "stopRequested", at: play.at, how: "drain", reason: "SIGINT" });
    play.finish(() => "ok");
    expect(play.verdict).toBe("cancelled");
    expect(replay(plan, play.events, options)).toMatchObject({ open: [], ended: { verdict: "succeeded" } });
  });

  it("has nothing open where the run has failed, until hosts are taken again under new attempts", () => {
    const play = new Play();
    play.finish((task) =>
      task.job === 0 && task.slot === 0 && task.phase === "slots" && task.host === 1 ? "failed" : "ok",
    );
    play.withdraw();
    play.finish(() => "ok");
    expect(play.verdict).toBe("failed");
    expect(replay(plan, play.events, options)).toMatchObject({ open: [], state: { mode: "ended" } });

    expect(hostsToRetry(play.events, ["failed"])).toEqual(["1/a/a-2"]);
    const head = { time: new Date(play.at).toISOString(), run: "r" };
    const events = [
      ...play.events,
      { ...head, type: "run.resumed", retry: ["failed"] } as unknown as RunEvent,
    ];
    const resumed = new Play(replay(plan, events, options));
    const taken = [...resumed.open.values()].find(
      (task) => task.phase === "slots" && task.job === 0 && task.host === 1,
    );
    expect(taken?.attempt).toBe(2);
    resumed.finish(() => "ok");
    expect(resumed.verdict).toBe("succeeded");
    // finally ran because of the failure; it runs again at the true end, under an attempt of its own.
    const cleaned = resumed.events.flatMap((event) =>
      event.type === "task.ended" && event.job === "z" ? [event.attempt] : [],
    );
    expect(cleaned).toEqual([2, 2]);
  });
});
