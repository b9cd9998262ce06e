import {
  advance,
  defined,
  jobAt,
  stageId,
  taskNames,
  toRunEvent,
  unreachable,
  type Announcement,
  type GateAnswer,
  type GateRef,
  type OutputMessage,
  type RolloutAction,
  type RolloutEvent,
  type RolloutState,
  type RunEvent,
  type RunPlan,
  type TaskRef,
  type TaskReport,
} from "@roadrunner/core";
import type { Replayed } from "../resume/replay.ts";
import { NEVER_SUBMITTED } from "../traffic/past-submissions.ts";
import type { TaskNews } from "../traffic/traffic-options.ts";
import { EventClock } from "./clock.ts";
import type { RunResult } from "./ports.ts";
import type { RunPorts } from "./run-ports.ts";
import { Telling, type Decided } from "./telling.ts";
import { run, Turns, type Steps } from "./turns.ts";
import { WaitingOutput } from "./waiting-output.ts";
import { WakeUps } from "./wake-ups.ts";

export interface RunLoopOptions {
  readonly plan: RunPlan;
  readonly run: string;
  /** New, or as a journal's replay left it; it is consumed. */
  readonly state: RolloutState;
  /** Time of the last event that the journal holds; the clock does not go back behind it. */
  readonly notBefore?: number;
  readonly ports: RunPorts;
}

type RunStarted = Omit<Extract<RunEvent, { type: "run.started" }>, "time" | "run">;

type RunResumed = Omit<Extract<RunEvent, { type: "run.resumed" }>, "time" | "run">;

type Resumed = Omit<Replayed, "state" | "at">;

/** What is to be decided or shown, by the time when its turn comes. */
type Gathered = (at: number) => Decided | { readonly output: RunEvent };

type Confirmed = Omit<Extract<RolloutEvent, { type: "confirmed" }>, "type" | "at">;

/**
 * Feeds the decision machine and performs its actions; holds no policy of its own. For each event: the machine decides,
 * what it announces is written down and shown, and then, and only then, what it wants is done.
 */
export class RunLoop {
  readonly #options: RunLoopOptions;
  readonly #clock = new EventClock();
  readonly #telling: Telling;
  readonly #turns = new Turns<Gathered>(
    (gathered) => (this.#result === undefined ? this.#tell(gathered) : undefined),
    () => this.#idle(),
  );
  readonly #wakeUps: WakeUps;
  #state: RolloutState;
  readonly #waitingOutput = new WaitingOutput();
  #result: RunResult | undefined;
  /** Why the run is being left open; what runs is waited for. */
  #leaving: string | undefined;
  #finish: (result: RunResult) => void = () => undefined;
  readonly ended: Promise<RunResult>;

  constructor(options: RunLoopOptions) {
    this.#options = options;
    this.#state = options.state;
    this.#clock.at(options.notBefore ?? 0);
    this.#wakeUps = new WakeUps(this.#clock, (wake) =>
      this.#feed((at) => ({ type: "timePassed", at: Math.max(wake, at) })),
    );
    this.#telling = new Telling({ ...options, onUnrecorded: (reason) => this.#cannotRecord(reason) });
    this.ended = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  /** Begins a run if its first event can be recorded; else nothing of it begins. */
  begin(first: RunStarted, warnings: readonly string[]): void {
    const telling = this.#telling;
    this.#take(function* (at) {
      yield* telling.events([{ ...telling.head(at), ...first }]);
      yield* telling.events(warnings.map((text) => telling.warning(at, text)));
    });
    this.#take((at) => this.#ifRecorded(() => this.#tell([() => this.#decided({ type: "begin", at })])));
  }

  /**
   * Goes on with a run that was left: what was open is asked for again first.
   * @param confirmedBy who said yes already to what it waits for; absent: nobody
   */
  goOn(first: RunResumed, replayed: Resumed, confirmedBy?: string): void {
    const { plan, ports } = this.#options;
    const { open, ended, wakeAt, waits } = replayed;
    const telling = this.#telling;
    telling.recall(replayed.waitingReports);
    const isNew = (task: TaskRef): boolean => replayed.firstAsked(task) === undefined;
    const fresh = open.filter(isNew);
    this.#take(function* (at) {
      const head = telling.head(at);
      const asked = fresh.map((task) => toRunEvent(plan, head, { type: "taskAsked", task, submission: 1 }));
      const unrecorded = replayed.unrecorded.map((announcement) => toRunEvent(plan, head, announcement));
      yield* telling.events([{ ...head, ...first }, ...unrecorded, ...asked]);
    });
    this.#take((at) =>
      this.#ifRecorded(() => {
        if (ended !== undefined) {
          this.#end({ kind: "ended", verdict: ended.verdict });
          return undefined;
        }
        if (wakeAt !== undefined) this.#wakeUps.add(wakeAt);
        const askedBefore = open.filter((task) => !isNew(task));
        return this.#tell([() => this.#decided({ type: "resumed", at, askedBefore })]);
      }),
    );
    this.#take(() => {
      for (const task of fresh) ports.request(task);
      ports.pump();
      for (const asked of waits) {
        if (confirmedBy !== undefined) this.confirm({ ...asked, by: confirmedBy });
        else ports.askToConfirm(asked);
      }
      return undefined;
    });
  }

  news(news: TaskNews, report?: TaskReport): void {
    this.#feed((at) => ({ ...news, at }), report);
  }

  output(task: TaskRef, { data, stream, encoding }: OutputMessage): void {
    if (!this.#waitingOutput.take(data.length)) return;
    this.#turns.gather((at) => {
      this.#waitingOutput.shown(data.length);
      const what = { stream, data, ...defined({ encoding }) };
      const output = { ...taskNames(this.#options.plan, task), ...what };
      return { output: { ...this.#telling.head(at), type: "task.output", ...output } };
    });
  }

  /** Warnings that others can cause as often as they like: of a flood, their number is told. */
  warn(text: string): void {
    const telling = this.#telling;
    this.#take(function* (at) {
      yield* telling.events(telling.warnings(at, text));
    });
  }

  stop(how: "drain" | "kill", reason: string): void {
    this.#feed((at) => ({ type: "stopRequested", at, how, reason }));
  }

  gateAnswered(gate: GateRef, ask: number, answer: GateAnswer): void {
    this.#feed((at) => ({ type: "gateAnswered", at, gate, ask, answer }));
  }

  confirm({ phase, slot, job, goOn, by }: Confirmed): void {
    this.#feed((at) => ({ type: "confirmed", at, ...defined({ phase, slot, job, goOn, by }) }));
  }

  /** Of a job that holds: when nothing else is left to do, the run is left open. */
  nobodyConfirms(): void {
    this.#feed((at) => ({ type: "nobodyConfirms", at }));
  }

  /** The run cannot go on here: nothing more starts, what runs is waited for, the run stays open. */
  interrupt(reason: string): void {
    this.#feed((at) => ({ type: "interrupted", at, reason }));
  }

  /** As `interrupt`, without waiting for what runs, nor for what is being written. */
  abandon(reason: string): void {
    if (this.#result !== undefined) return;
    const event = { ...this.#telling.head(this.#now()), type: "run.interrupted", reason } as const;
    this.#end({ kind: "interrupted", reason }, [event]);
  }

  /** Else it is abandoned. */
  #ifRecorded(turn: () => Steps | undefined): Steps | undefined {
    const { unrecorded } = this.#telling;
    if (unrecorded === undefined) return turn();
    this.abandon(unrecorded);
    return undefined;
  }

  #cannotRecord(reason: string): void {
    this.#leaving ??= reason;
    this.#options.ports.hold();
    this.interrupt(reason);
  }

  #now(): number {
    return this.#clock.at(Date.now());
  }

  /** A turn of a run that has not ended. */
  #take(turn: (at: number) => Steps | undefined): void {
    this.#turns.take(() => (this.#result === undefined ? turn(this.#now()) : undefined));
  }

  #feed(event: (at: number) => RolloutEvent, report?: TaskReport): void {
    this.#turns.gather((at) => this.#decided(event(at), report));
  }

  #idle(): void {
    const { ports } = this.#options;
    if (this.#result !== undefined) return;
    if (this.#leaving === undefined) ports.pump();
    else if (ports.running() === 0) this.abandon(this.#leaving);
  }

  #decided(event: RolloutEvent, report?: TaskReport): Decided {
    const { state, actions } = advance(this.#state, event);
    this.#state = state;
    return { event, actions, report };
  }

  *#tell(gathered: readonly Gathered[]): Steps {
    const told: (Decided | { readonly output: RunEvent })[] = [];
    let end: RunEnd | undefined;
    for (const one of gathered) {
      const next = one(this.#now());
      told.push(next);
      end = "actions" in next ? next.actions.findLast(isRunEnd) : undefined;
      if (end !== undefined) break;
    }
    const recorded = yield* this.#telling.all(told);
    // It was abandoned while this was written.
    if (this.#result !== undefined) return;
    // What could not be written down is not done: the journal never knows less than the world.
    if (recorded)
      for (const one of told) if ("actions" in one) for (const action of one.actions) this.#perform(action);
    if (end !== undefined) this.#end({ kind: "ended", verdict: end.announcement.verdict });
    else this.#warnOfOutputs();
  }

  #warnOfOutputs(): void {
    const warning = this.#waitingOutput.warning();
    if (warning !== undefined) this.warn(warning);
  }

  #perform(action: RolloutAction): void {
    const { ports } = this.#options;
    switch (action.type) {
      case "announce":
        return;
      case "submit":
        if (action.again) ports.request(action.task, action.noStart === true ? "withdraw" : "run");
        else ports.request(action.task);
        return;
      case "revoke":
        this.#tellWorkers(action, action.stages);
        for (const task of ports.withdraw(action))
          this.news({ type: "taskEnded", task, end: NEVER_SUBMITTED });
        return;
      case "kill":
        ports.kill(action);
        this.#tellWorkers(action, action.stages);
        return;
      case "wakeAt":
        this.#wakeUps.add(action.at);
        return;
      case "askGate":
        ports.askGate(action.gate, action.ask);
        return;
      case "askToConfirm":
        ports.askToConfirm(action);
        return;
      case "interrupt":
        this.#leaving = action.reason;
        ports.hold();
        return;
      default:
        unreachable(action, "action");
    }
  }

  #tellWorkers(
    action: Extract<RolloutAction, { type: "revoke" | "kill" }>,
    stages: readonly number[] | undefined,
  ): void {
    const { name, stages: all } = jobAt(this.#options.plan, action);
    const names = stages?.flatMap((index) => {
      const { name: stage, at } = all?.[index] ?? {};
      // Of a list of hosts, at one of which this stage runs; a label may name any.
      return stage === undefined
        ? []
        : stageId({ stage, at: at?.label === undefined ? at?.hosts[0]?.name : undefined });
    });
    this.#options.ports.tellWorkers(action.type, name, names);
  }

  /** @param last what is to be told before */
  #end(result: RunResult, last: readonly RunEvent[] = []): void {
    this.#result = result;
    this.#wakeUps.clear();
    const later = run(this.#tellLast(last));
    if (later === undefined) this.#finish(result);
    else void later.then(() => this.#finish(result));
  }

  *#tellLast(events: readonly RunEvent[]): Steps {
    yield* this.#telling.events(events);
  }
}

type RunEnd = Extract<RolloutAction, { type: "announce" }> & {
  readonly announcement: Extract<Announcement, { type: "runEnded" }>;
};

function isRunEnd(action: RolloutAction): action is RunEnd {
  return action.type === "announce" && action.announcement.type === "runEnded";
}
