import { expect } from "vitest";
import {
  createRollout,
  hostAt,
  OUTCOMES,
  stageAt,
  succeed,
  taskKey,
  type GateAnswer,
  type GateRef,
  type JobPlan,
  type Outcome,
  type RunEvent,
  type RunPlan,
  type TaskRef,
} from "@roadrunner/core";
import * as plans from "../../../../test/support/plans.ts";
import { nameKey } from "../../src/resume/names.ts";
import { replay } from "../../src/resume/replay.ts";
import type { Asked } from "../../src/run/questions.ts";
import { RunLoop } from "../../src/run/run-loop.ts";

/** A job with its own hosts, half of them at once. */
export function job(
  name: string,
  hostCount: number,
  settings: Partial<Omit<JobPlan, "hosts">> = {},
): JobPlan {
  return plans.job({
    name,
    hosts: plans.hosts(hostCount, `${name}-`),
    parallelism: [plans.share(50)],
    retryDelayMs: 0,
    ...settings,
  });
}

const SEED = 7;
const options = { seed: SEED } as const;
const by = { version: "1", who: "me", where: "here" };

/** One rr-submit that carries a run: begun, or gone on with from the journal of those before it. */
export class Leg {
  /** The whole journal. */
  readonly journal: RunEvent[];
  readonly loop: RunLoop;
  readonly #open = new Map<string, TaskRef>();
  readonly #started = new Set<string>();
  /** By gate: asks that were made, each the last one of its gate. */
  readonly asks = new Map<string, { readonly gate: GateRef; readonly ask: number }>();
  readonly questions: Asked[] = [];

  /** @param confirmed whoever goes on says yes to what the run waits for */
  constructor(plan: RunPlan, before: readonly RunEvent[] = [], retry?: readonly Outcome[], confirmed = true) {
    this.journal = [...before];
    const resumed = {
      type: "run.resumed",
      time: before.at(-1)?.time ?? "",
      run: "r",
      ...by,
      ...(retry && { retry }),
    } as const;
    const past =
      before.length === 0 ? undefined : replay(plan, retry ? [...before, resumed] : before, options);
    this.loop = new RunLoop({
      plan,
      run: "r",
      ...(past === undefined
        ? { state: createRollout(plan, options) }
        : { state: past.state, notBefore: past.at }),
      ports: {
        request: (task) => this.#open.set(taskKey(task), task),
        kill: () => {},
        pump: () => {},
        withdraw: ({ phase, slot: index, job: of, stages }) =>
          [...this.#open.entries()].flatMap(([key, task]) =>
            task.phase === phase &&
            task.slot === index &&
            task.job === of &&
            (stages?.includes(task.stage ?? 0) ?? true) &&
            !this.#started.has(key)
              ? [task]
              : [],
          ),
        hold: () => {},
        running: () => 0,
        tellWorkers: () => {},
        record: (events) => {
          this.#note(events);
          return succeed(undefined);
        },
        show: () => {},
        askGate: (gate, ask) => this.asks.set(JSON.stringify(gate), { gate, ask }),
        askToConfirm: (asked) => this.questions.push(asked),
      },
    });
    const began = { type: "run.started", plan, digest: "", seed: SEED, ...by } as const;
    if (past === undefined) this.loop.begin(began, []);
    else
      this.loop.goOn(
        { type: "run.resumed", ...by, ...(retry && { retry }) },
        past,
        confirmed ? "me@here" : undefined,
      );
  }

  get open(): readonly TaskRef[] {
    return [...this.#open.values()];
  }

  /** What was started, and has not ended. */
  get running(): readonly TaskRef[] {
    return [...this.#open].flatMap(([key, task]) => (this.#started.has(key) ? [task] : []));
  }

  get over(): boolean {
    const last = this.journal.findLast(({ type }) => type === "run.ended" || type === "run.resumed");
    return last?.type === "run.ended";
  }

  get verdict(): string | undefined {
    const last = this.journal.at(-1);
    return last?.type === "run.ended" ? last.verdict : undefined;
  }

  start(task: TaskRef): void {
    this.#started.add(taskKey(task));
    this.loop.news({ type: "taskStarted", task, worker: "w" });
  }

  end(task: TaskRef, outcome: Outcome): void {
    this.loop.news({ type: "taskEnded", task, end: { outcome, worker: "w" } });
  }

  /** Answers the ask that was made first. */
  answer(answer: GateAnswer): void {
    for (const [key, { gate, ask }] of [...this.asks].slice(0, 1)) {
      this.asks.delete(key);
      this.loop.gateAnswered(gate, ask, answer);
    }
  }

  /** Starts and ends what is open, oldest first, until nothing is, or so many have ended. */
  finish(how: (task: TaskRef) => Outcome, most = 1000): void {
    for (let left = most; left > 0 && !this.over; left -= 1) {
      const [task] = this.open;
      if (task === undefined) return;
      this.start(task);
      this.end(task, how(task));
    }
  }

  #note(events: readonly RunEvent[]): void {
    this.journal.push(...events);
    for (const event of events) {
      if (event.type !== "task.ended") continue;
      for (const [key, task] of this.#open) {
        if (nameOf(task, this.#plan) !== nameKey(event)) continue;
        if (task.attempt !== event.attempt) continue;
        this.#open.delete(key);
        this.#started.delete(key);
      }
    }
  }

  get #plan(): RunPlan {
    const [started] = this.journal;
    if (started?.type !== "run.started") throw new Error("no run.started");
    return started.plan;
  }
}

function nameOf(task: TaskRef, plan: RunPlan): string {
  const of = plan[task.phase][task.slot]?.jobs[task.job];
  const number = task.slot + 1 + (task.phase === "finally" ? plan.slots.length : 0);
  const stage = task.stage === undefined ? undefined : of?.stages?.[task.stage]?.name;
  const at = atOf(plan, task);
  return nameKey({ slot: number, job: of?.name ?? "", host: of?.hosts[task.host]?.name ?? "", stage, at });
}

/** Where a stage runs that does not run on its host. */
function atOf(plan: RunPlan, task: TaskRef): string | undefined {
  return stageAt(plan, task)?.at === undefined ? undefined : hostAt(plan, task).name;
}

/** Of what was asked for and has not ended, no more is at one host than may be. */
export function holdPlaces(leg: Leg, plan: RunPlan): void {
  const there = new Map<string, number>();
  for (const task of leg.open) {
    const name = atOf(plan, task);
    if (name === undefined) continue;
    const count = (there.get(name) ?? 0) + 1;
    there.set(name, count);
    expect(count, `at ${name}`).toBeLessThanOrEqual(stageAt(plan, task)?.at?.atOnce ?? 0);
  }
}

/** Jobs that undo others: what becomes of their hosts is in no count of the run. */
export function undosOf({ slots, finally: last }: RunPlan): ReadonlySet<string> {
  const jobs = [...slots, ...last].flatMap((one) => one.jobs);
  return new Set(jobs.filter(({ undoes }) => undoes !== undefined).map(({ name }) => name));
}

/** Final outcomes, as the counts of a run's end give them. */
export function finals(events: readonly RunEvent[], plan: RunPlan): Record<string, number> {
  const counts = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0]));
  const undos = undosOf(plan);
  for (const event of events)
    if (event.type === "task.ended" && event.final && event.stage === undefined && !undos.has(event.job))
      counts[event.outcome] = (counts[event.outcome] ?? 0) + 1;
  return counts;
}
