import {
  advance,
  fail,
  FloodGate,
  jobAt,
  taskNames,
  toRunEvent,
  unreachable,
  type OutputMessage,
  type RolloutAction,
  type RolloutEvent,
  type RolloutState,
  type RunEvent,
  type RunPlan,
  type TaskRef,
  type TaskReport,
  type Verdict,
} from "@roadrunner/core";
import type { Replayed } from "../resume/replay.ts";
import { EventClock } from "./clock.ts";
import { Reports } from "./report-for.ts";
import type { RunPorts } from "./run-ports.ts";
import type { TaskNews } from "../traffic/traffic-options.ts";
import { WakeUps } from "./wake-ups.ts";

/** How a run came to its end, or why it could not. */
export type RunResult =
  | { readonly kind: "ended"; readonly verdict: Verdict }
  | { readonly kind: "interrupted"; readonly reason: string };

export interface RunLoopOptions {
  readonly plan: RunPlan;
  readonly run: string;
  /** New, or as a journal's replay left it; it is consumed. */
  readonly state: RolloutState;
  /** Time of the last event that the journal holds; the clock does not go back behind it. */
  readonly notBefore?: number;
  readonly ports: RunPorts;
}

/** Actions of one decision whose events are made, written and shown together. */
const EVENTS_AT_ONCE = 1000;

/** Characters. */
const MAX_WARNING = 2000;

function leftOut(count: number): readonly string[] {
  return count === 0 ? [] : [`${count} more warnings were left out: too many came at once`];
}

type RunStarted = Omit<Extract<RunEvent, { type: "run.started" }>, "time" | "run">;

type RunResumed = Omit<Extract<RunEvent, { type: "run.resumed" }>, "time" | "run">;

type Resumed = Omit<Replayed, "state" | "at">;

type Queued = { readonly event: RolloutEvent; readonly report: TaskReport | undefined };

/** Feeds the decision machine and performs its actions; holds no policy of its own. */
export class RunLoop {
  readonly #options: RunLoopOptions;
  readonly #clock = new EventClock();
  readonly #reports = new Reports();
  readonly #flood = new FloodGate();
  #queue: Queued[] = [];
  readonly #wakeUps: WakeUps;
  #state: RolloutState;
  #busy = false;
  #result: RunResult | undefined;
  /** Why the run is being left open; what runs is waited for. */
  #leaving: string | undefined;
  /** Why the journal takes no more. */
  #unrecorded: string | undefined;
  #finish: (result: RunResult) => void = () => undefined;
  readonly ended: Promise<RunResult>;

  constructor(options: RunLoopOptions) {
    this.#options = options;
    this.#state = options.state;
    this.#clock.at(options.notBefore ?? 0);
    this.#wakeUps = new WakeUps(this.#clock, (at) => this.#feed({ type: "timePassed", at }));
    this.ended = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  /** Begins a run that its first event can be recorded of; else nothing of it begins. */
  begin(first: RunStarted, warnings: readonly string[]): void {
    this.#tell([{ ...this.#head(this.#now()), ...first }]);
    this.#tell(warnings.map((text) => this.#warning(this.#now(), text)));
    if (this.#unrecorded === undefined) this.#feed({ type: "begin", at: this.#now() });
    else this.abandon(this.#unrecorded);
  }

  /** Goes on with a run that was left: what was open is asked for again first. */
  goOn(first: RunResumed, replayed: Resumed, confirmed: boolean): void {
    const { plan, ports } = this.#options;
    const at = this.#now();
    const head = this.#head(at);
    const { open, ended } = replayed;
    this.#reports.recall(replayed.waitingReports);
    const isNew = (task: TaskRef): boolean => replayed.firstAsked(task) === undefined;
    const fresh = open.filter(isNew);
    const asked = fresh.map((task) => toRunEvent(plan, head, { type: "taskAsked", task, submission: 1 }));
    const unrecorded = replayed.unrecorded.map((announcement) => toRunEvent(plan, head, announcement));
    if (!this.#tell([{ ...head, ...first }, ...unrecorded, ...asked])) {
      this.abandon(this.#unrecorded ?? "");
      return;
    }
    if (ended !== undefined) {
      this.#end({ kind: "ended", verdict: ended.verdict });
      return;
    }
    if (replayed.wakeAt !== undefined) this.#wakeUps.add(replayed.wakeAt);
    this.#feed({ type: "resumed", at, askedBefore: open.filter((task) => !isNew(task)) });
    if (this.#result !== undefined) return;
    for (const task of fresh) ports.request(task);
    ports.pump();
    if (replayed.confirm === undefined) return;
    if (confirmed) this.confirm();
    else ports.askToConfirm(replayed.confirm);
  }

  news(news: TaskNews, report?: TaskReport): void {
    this.#feed({ ...news, at: this.#now() }, report);
  }

  output(task: TaskRef, output: OutputMessage): void {
    if (this.#result !== undefined) return;
    const { data, stream, encoding } = output;
    this.#options.ports.show([
      {
        ...this.#head(this.#now()),
        type: "task.output",
        ...taskNames(this.#options.plan, task),
        stream,
        data,
        ...(encoding === undefined ? {} : { encoding }),
      },
    ]);
  }

  /** Of what others can bring about, as often as they like: a flood of warnings is told by its number. */
  warn(text: string): void {
    if (this.#result !== undefined) return;
    const at = this.#now();
    const { tell, left } = this.#flood.next(at);
    const warnings = tell ? [text.slice(0, MAX_WARNING)] : [];
    this.#tell([...leftOut(left), ...warnings].map((one) => this.#warning(at, one)));
  }

  #warning(at: number, text: string): RunEvent {
    return { ...this.#head(at), type: "warning", text };
  }

  stop(how: "drain" | "kill", reason: string): void {
    this.#feed({ type: "stopRequested", at: this.#now(), how, reason });
  }

  confirm(): void {
    this.#feed({ type: "confirmed", at: this.#now() });
  }

  /** The run cannot go on here: nothing more starts, what runs is waited for, the run stays open. */
  interrupt(reason: string): void {
    this.#feed({ type: "interrupted", at: this.#now(), reason });
  }

  /** As `interrupt`, without waiting for what runs. */
  abandon(reason: string): void {
    if (this.#result !== undefined) return;
    this.#tell([{ ...this.#head(this.#now()), type: "run.interrupted", reason }]);
    this.#end({ kind: "interrupted", reason });
  }

  /** Records and shows events; false if the journal could not take them, and then the run is being left. */
  #tell(events: readonly RunEvent[]): boolean {
    const { ports } = this.#options;
    if (events.length === 0) return true;
    const recorded = this.#unrecorded === undefined ? ports.record(events) : fail(this.#unrecorded);
    ports.show(events);
    if (recorded.ok) return true;
    if (this.#unrecorded === undefined) {
      this.#unrecorded = recorded.error;
      this.#leaving ??= recorded.error;
      ports.hold();
      this.interrupt(recorded.error);
    }
    return false;
  }

  #now(): number {
    return this.#clock.at(Date.now());
  }

  #head(at: number): { time: string; run: string } {
    return { time: new Date(at).toISOString(), run: this.#options.run };
  }

  /** An action can bring the next event about at once; it waits here until this one is done. */
  #feed(event: RolloutEvent, report?: TaskReport): void {
    this.#queue.push({ event, report });
    if (this.#busy) return;
    this.#busy = true;
    try {
      // By index: withdrawing a large job queues an event for each of its hosts, and shift() is linear.
      for (let index = 0; index < this.#queue.length; index += 1) {
        const next = this.#queue[index];
        if (next !== undefined && this.#result === undefined) this.#decide(next);
      }
    } finally {
      this.#queue = [];
      this.#busy = false;
    }
    if (this.#result !== undefined) return;
    if (this.#leaving === undefined) this.#options.ports.pump();
    else if (this.#options.ports.running() === 0) this.abandon(this.#leaving);
  }

  #decide({ event, report }: Queued): void {
    const { plan } = this.#options;
    const { state, actions } = advance(this.#state, event);
    this.#state = state;
    const head = this.#head(event.at);
    let recorded = true;
    let verdict: Verdict | undefined;
    // A large job asks for all its hosts at once: their events are not all kept at one time.
    for (let from = 0; from < actions.length; from += EVENTS_AT_ONCE) {
      const events: RunEvent[] = [];
      for (const action of actions.slice(from, from + EVENTS_AT_ONCE)) {
        if (action.type !== "announce") continue;
        const { announcement } = action;
        events.push(toRunEvent(plan, head, announcement, this.#reports.for(action, event, report)));
        if (announcement.type !== "runEnded") continue;
        verdict = announcement.verdict;
        events.splice(-1, 0, ...leftOut(this.#flood.rest()).map((text) => this.#warning(event.at, text)));
      }
      recorded = this.#tell(events) && recorded;
    }
    // What could not be written down is not done: the journal never knows less than the world.
    if (recorded) for (const action of actions) this.#perform(action);
    if (verdict !== undefined) this.#end({ kind: "ended", verdict });
  }

  #perform(action: RolloutAction): void {
    const { plan, ports } = this.#options;
    switch (action.type) {
      case "announce":
        return;
      case "submit":
        if (action.again) ports.request(action.task, action.noStart === true ? "withdraw" : "run");
        else ports.request(action.task);
        return;
      case "revoke":
        ports.tellWorkers("revoke", [jobAt(plan, action).name]);
        for (const task of ports.withdraw(action)) {
          this.#feed({
            type: "taskEnded",
            at: this.#now(),
            task,
            end: { outcome: "skipped", reason: "never submitted" },
          });
        }
        return;
      case "kill":
        ports.kill(action);
        ports.tellWorkers("kill", [jobAt(plan, action).name]);
        return;
      case "wakeAt":
        this.#wakeUps.add(action.at);
        return;
      case "askToConfirm":
        ports.askToConfirm(action.text);
        return;
      case "interrupt":
        this.#leaving = action.reason;
        ports.hold();
        return;
      default:
        unreachable(action, "action");
    }
  }

  #end(result: RunResult): void {
    this.#result = result;
    this.#wakeUps.clear();
    this.#finish(result);
  }
}
