import {
  fail,
  FloodGate,
  succeed,
  toRunEvent,
  type EventHead,
  type RolloutAction,
  type RolloutEvent,
  type RunEvent,
  type RunPlan,
  type TaskReport,
} from "@roadrunner/core";
import type { WaitingReport } from "../resume/waiting-reports.ts";
import { Reports } from "./report-for.ts";
import type { RunPorts } from "./run-ports.ts";
import type { Steps } from "./turns.ts";

/** Actions of one decision whose events are made, written and shown together. */
const EVENTS_AT_ONCE = 1000;

/** Characters. */
const MAX_WARNING = 2000;

interface TellingOptions {
  readonly plan: RunPlan;
  readonly run: string;
  readonly ports: Pick<RunPorts, "record" | "show">;
  /** The journal takes no more, and why; told once. */
  readonly onUnrecorded: (reason: string) => void;
}

/** An event, and what the machine decided on it; `report` came with the end of a task. */
export interface Decided {
  readonly event: RolloutEvent;
  readonly actions: readonly RolloutAction[];
  readonly report: TaskReport | undefined;
}

/** Makes a run's events, writes them down, and shows them. */
export class Telling {
  readonly #options: TellingOptions;
  readonly #reports = new Reports();
  readonly #flood = new FloodGate();
  #unrecorded: string | undefined;

  constructor(options: TellingOptions) {
    this.#options = options;
  }

  /** Why the journal takes no more. */
  get unrecorded(): string | undefined {
    return this.#unrecorded;
  }

  head(at: number): EventHead {
    return { time: new Date(at).toISOString(), run: this.#options.run };
  }

  /** Reports that were waiting when a resumed run was left. */
  recall(waiting: ReadonlyMap<string, WaitingReport>): void {
    this.#reports.recall(waiting);
  }

  /** Records and shows events; false if the journal could not take them. */
  *events(events: readonly RunEvent[]): Steps<boolean> {
    const { ports, onUnrecorded } = this.#options;
    if (events.length === 0) return true;
    const kept = events.filter((event) => event.type !== "task.output");
    const recorded =
      kept.length === 0
        ? succeed(undefined)
        : this.#unrecorded === undefined
          ? yield ports.record(kept)
          : fail(this.#unrecorded);
    ports.show(events);
    if (recorded.ok) return true;
    if (this.#unrecorded === undefined) {
      this.#unrecorded = recorded.error;
      onUnrecorded(recorded.error);
    }
    return false;
  }

  /** What these decisions announce, and live output, in their order; false if the journal could not take all of it. */
  *all(told: readonly (Decided | { readonly output: RunEvent })[]): Steps<boolean> {
    let recorded = true;
    let events: RunEvent[] = [];
    for (const one of told) {
      if ("output" in one) {
        events.push(one.output);
        continue;
      }
      const { actions, event, report } = one;
      // A large job asks for all its hosts at once: their events are not all kept at one time.
      for (let from = 0; from < actions.length; from += EVENTS_AT_ONCE) {
        for (const action of actions.slice(from, from + EVENTS_AT_ONCE))
          if (action.type === "announce") events.push(...this.#announced(action, event, report));
        if (events.length < EVENTS_AT_ONCE) continue;
        recorded = (yield* this.events(events)) && recorded;
        events = [];
      }
    }
    return (yield* this.events(events)) && recorded;
  }

  #announced(
    action: Extract<RolloutAction, { type: "announce" }>,
    event: RolloutEvent,
    report: TaskReport | undefined,
  ): readonly RunEvent[] {
    const { announcement } = action;
    const last = announcement.type === "runEnded" ? this.#leftOut(event.at, this.#flood.rest()) : [];
    const reported = this.#reports.for(action, event, report);
    return [...last, toRunEvent(this.#options.plan, this.head(event.at), announcement, reported)];
  }

  warning(at: number, text: string): RunEvent {
    return { ...this.head(at), type: "warning", text };
  }

  /** Warnings that others can cause as often as they like: of a flood, their number is told. */
  warnings(at: number, text: string): readonly RunEvent[] {
    const { tell, left } = this.#flood.next(at);
    const warnings = tell ? [this.warning(at, text.slice(0, MAX_WARNING))] : [];
    return [...this.#leftOut(at, left), ...warnings];
  }

  #leftOut(at: number, count: number): readonly RunEvent[] {
    return count === 0
      ? []
      : [this.warning(at, `${count} more warnings were left out: too many came at once`)];
  }
}
