import type { Outcome, Result, RunEvent } from "@roadrunner/core";
import type { RunRow } from "@roadrunner/engine/api";
import type { Stored, StoreFault } from "./fault.ts";
import type { LoginStore, SignedAnew } from "./logins.ts";

export type { StoreFault } from "./fault.ts";

/** A run that this coordinator owns, in this epoch. */
export interface Owned {
  readonly run: string;
  readonly epoch: number;
}

export interface Accepted {
  readonly run: string;
  /** The flow's name. */
  readonly flow: string;
  /** Who handed it over, `user@box`. */
  readonly by: string;
  /** As JSON, without secrets; it is kept until the run has ended. */
  readonly handOver: string;
  /** Sealed, kept as long; or absent: then whoever takes the run over must be given them anew. */
  readonly secrets?: string;
  /** Although a run of this flow is open. */
  readonly concurrent: boolean;
  /** Who handed it over, by his login; absent: whoever owns the coordinator's socket. It stays with the run. */
  readonly principal?: string;
  /** The operator's word on the plan: JSON of a signed text. */
  readonly signed?: string;
}

export interface Numbered {
  readonly number: number;
  readonly event: RunEvent;
}

export interface NumberedEnd {
  readonly number: number;
  readonly event: Extract<RunEvent, { readonly type: "task.ended" }>;
}

/** A run as it stands in the store. */
export interface KnownRun {
  readonly run: string;
  readonly flow: string;
  readonly by: string;
  readonly epoch: number;
  /** Somebody carries it, as far as its lease says. */
  readonly carried: boolean;
  /** Whether that is this coordinator. */
  readonly mine: boolean;
  readonly ended: boolean;
  /** Events that there are. */
  readonly events: number;
  /** As it was when it was written last; absent while none was. */
  readonly row?: RunRow;
  readonly principal?: string;
}

export interface TakenOver extends Owned {
  readonly handOver: string;
  readonly secrets?: string;
  readonly principal?: string;
  readonly signed?: string;
}

export interface RunFilter {
  readonly flow?: string;
  /** Only what this one handed over. */
  readonly principal?: string;
  /** Only what was handed over from there, `user@box`. */
  readonly by?: string;
  readonly state?: RunRow["state"];
  /** Only runs that were started from this second on, and before that one; milliseconds since 1970, as their ids say. */
  readonly sinceMs?: number;
  readonly untilMs?: number;
  /** At most so many, newest first. */
  readonly limit: number;
  /** Only those before this run in that order. */
  readonly before?: string;
}

/** What is said through the store to whoever carries a run. */
export interface Word {
  readonly id: number;
  readonly run: string;
  /** `sign`: its plan was signed anew, as the store has it. */
  readonly kind: "stop" | "kill" | "confirm" | "refuse" | "sign";
  /** Of a confirm, and of a refuse, which is no in place of yes. */
  readonly job?: string;
  /** Who says it, as his login proved, or, of an answer on the socket, as he says himself; absent: whoever owns the socket. */
  readonly by?: string;
}

/** Ends of tasks of a run; of all hosts, jobs and outcomes where none is named. */
export interface WantedEnds {
  readonly run: string;
  readonly host?: string;
  readonly job?: string;
  readonly outcome?: Outcome;
}

/**
 * Runs, their events and their owners. Times of leases are the store's. Who has been overtaken by a newer epoch can
 * write nothing of the run any more: that is checked in the statement that writes.
 */
export interface Store extends LoginStore {
  readonly kind: "postgres" | "sqlite";
  /** Its name for messages, without a password. */
  readonly name: string;

  /**
   * A new run, owned by this coordinator in epoch 1. The other errors: the open run of its flow, and that a run of this id
   * is there already (its own hand-over once more, or another one's).
   */
  accept(
    run: Accepted,
  ): Promise<
    Result<
      Owned,
      StoreFault | { readonly kind: "flowRuns"; readonly run: string } | { readonly kind: "isThere" }
    >
  >;

  /**
   * The events of one decision or of several, all or none; `first` is the number of the first one. Asked again with the
   * same events after an unclear end (and others that have come since), it writes nothing twice. `lost`: another owner
   * has the run. Live output is left out, and has no number. With `run.ended` a run has ended, has no lease and no
   * secrets any more; with `run.resumed` it is open again.
   * @param row what the list says of the run from now on
   */
  append(
    owned: Owned,
    first: number,
    events: readonly RunEvent[],
    row?: RunRow,
  ): Promise<Result<void, StoreFault | { readonly kind: "lost" }>>;

  /** From this number on, so many at most, and fewer where they are large: only of an empty list there are no more. */
  events(run: string, from: number, limit: number): Stored<readonly Numbered[]>;

  /** Ends of a host's tasks, of one job or of all, without their output; the newest first, so many at most. */
  ends(
    task: { readonly run: string; readonly host: string; readonly job?: string },
    limit: number,
  ): Stored<readonly NumberedEnd[]>;

  /**
   * Ends of a run's tasks from this event on, in their order and without their output; so many at most. `next` is the event to go
   * on with, also where only a part of a large run was looked through; absent: this was the last of it.
   */
  endsFrom(
    wanted: WantedEnds,
    from: number,
    limit: number,
  ): Stored<{ readonly ends: readonly NumberedEnd[]; readonly next?: number }>;

  /** Undefined: there is none. */
  run(run: string): Stored<KnownRun | undefined>;
  /** How it is carried, and, until it has begun, what it is, as it was handed over; undefined: there is none. */
  handOver(run: string): Stored<string | undefined>;
  /** Whose ids begin so, newest first, so many at most; without a beginning the newest. */
  runsBeginningWith(beginning: string, limit: number): Stored<readonly KnownRun[]>;
  runs(filter: RunFilter): Stored<readonly KnownRun[]>;

  /** Prolongs the leases of these runs; those of them that are still this coordinator's in this epoch. */
  renew(owned: readonly Owned[]): Stored<readonly Owned[]>;
  /** Takes over open runs whose lease is over, so many at most and none of those, each in the next epoch. */
  claim(limit: number, but?: readonly string[]): Stored<readonly TakenOver[]>;
  /**
   * Takes over this run in the next epoch if it has ended or nobody carries it; undefined: somebody does. One that has
   * ended is open again with its event `run.resumed`, and not before. What is signed takes the place of what was looked
   * at, which stays otherwise; undefined as well where something else counts by now.
   */
  reopen(
    run: string,
    handOver: string,
    given?: { readonly secrets?: string; readonly anew?: SignedAnew },
  ): Stored<TakenOver | undefined>;
  /** Lets another take it over at once. */
  release(owned: Owned): Stored<void>;

  /** Leaves a word for the owner of a run. */
  say(word: Omit<Word, "id">): Stored<number>;
  /** Words without an answer for runs that this coordinator carries. */
  words(): Stored<readonly Word[]>;
  answer(id: number, text: string, done: boolean): Stored<void>;
  answerTo(id: number): Stored<{ readonly text: string; readonly done: boolean } | undefined>;

  /**
   * Removes ended runs older than this, and the output of those older than that; milliseconds. How many of each. What has
   * expired of logins goes too.
   */
  prune(ages: {
    readonly runsMs: number;
    readonly outputMs: number;
  }): Stored<{ runs: number; outputs: number }>;
  close(): Promise<void>;
}
