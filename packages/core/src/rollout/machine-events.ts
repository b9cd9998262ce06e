import type { TaskEnd } from "../work/end.ts";
import type { OutcomeCounts, Verdict } from "./verdict.ts";

export type { TaskEnd };

/**
 * A task of the run: indices into the plan, all from 0. `phase` tells the slots from the `finally` slots.
 * `attempt` counts from 1. In a job with stages each stage of a host is a task; without `stage` it is the host's whole
 * way, which has an end and nothing else.
 */
export interface TaskRef {
  readonly phase: "slots" | "finally";
  readonly slot: number;
  readonly job: number;
  readonly host: number;
  readonly stage?: number;
  readonly attempt: number;
}

/** A gate of a job of the run; `gate` is its index there. */
export interface GateRef extends Pick<TaskRef, "phase" | "slot" | "job"> {
  readonly gate: number;
}

/** What an ask of a gate came to. Inconclusive: nobody can tell; never a pass. */
export interface GateAnswer {
  readonly kind: "pass" | "fail" | "inconclusive";
  /** "312, more than 300", "no data". */
  readonly text: string;
  /** The number that was measured. */
  readonly value?: number;
  /** Who asked. */
  readonly worker?: string;
}

/** `at` is the client's clock in milliseconds since the epoch; it never goes back. */
export type RolloutEvent =
  | { readonly type: "begin"; readonly at: number }
  /**
   * For a recorded past: this attempt had been asked for, whatever became of the stages before it. Who had a place where
   * his stage runs is a matter of record: one that waits there gets it.
   */
  | {
      readonly type: "taskAsked";
      readonly at: number;
      readonly task: TaskRef;
      /** It was held back afterwards, and never began: where its stage runs it waits for a place anew. */
      readonly heldBack?: true;
    }
  | { readonly type: "taskStarted"; readonly at: number; readonly task: TaskRef; readonly worker?: string }
  | {
      readonly type: "taskLost";
      readonly at: number;
      readonly task: TaskRef;
      readonly reason: string;
      /**
       * False: it was never asked, so the time since the last word does not count. Default true, also where the
       * connection was lost: a job server that comes and goes answers as little as a worker that knows nothing.
       */
      readonly answered?: boolean;
      /** A worker had it for so long without a word, more than it may: all of that counts. */
      readonly silentMs?: number;
      /** Which submission of the attempt was lost; with it a word on an older one is known and ignored. */
      readonly submission?: number;
    }
  | { readonly type: "taskEnded"; readonly at: number; readonly task: TaskRef; readonly end: TaskEnd }
  | { readonly type: "timePassed"; readonly at: number }
  /** `drain`: nothing new starts, running hosts finish. `kill`: also kill what runs. */
  | {
      readonly type: "stopRequested";
      readonly at: number;
      readonly how: "drain" | "kill";
      readonly reason: string;
    }
  /** Yes to `askToConfirm`; phase and slot, where given, must be those that were asked about. */
  | {
      readonly type: "confirmed";
      readonly at: number;
      readonly phase?: "slots" | "finally";
      readonly slot?: number;
      /** That job of the slot, which holds. */
      readonly job?: number;
      /** False: the answer was no. Only to a job that holds since a gate has failed: it fails. */
      readonly goOn?: false;
      /** Who answered, for those who read of it. */
      readonly by?: string;
    }
  /** Nobody is here to answer what was asked of this job: when nothing else is left to do, the run is left open. */
  | { readonly type: "nobodyConfirms"; readonly at: number }
  /** For a recorded past: this ask had been made. */
  | { readonly type: "gateAsked"; readonly at: number; readonly gate: GateRef; readonly ask: number }
  | {
      readonly type: "gateAnswered";
      readonly at: number;
      readonly gate: GateRef;
      readonly ask: number;
      readonly answer: GateAnswer;
    }
  /**
   * For a recorded past: no deadline passes until `resumed`, since what follows is done anew with the deadlines that
   * it sets.
   */
  | { readonly type: "deadlinesHeld"; readonly at: number }
  /**
   * Somebody goes on with the run: the jobs that are not decided by their deadline have all of it again. `askedBefore`
   * are attempts in flight that had been asked for; what became of them is not known, so they are asked about. Given
   * (be it empty) by whoever goes on now, and not for an earlier time in a recorded past.
   */
  | { readonly type: "resumed"; readonly at: number; readonly askedBefore?: readonly TaskRef[] }
  /** The shell cannot go on (disk full, a pool without workers): nothing new starts, tasks stay open. */
  | { readonly type: "interrupted"; readonly at: number; readonly reason: string };

export type RolloutAction =
  /** Submit this attempt (of a lost task: the same attempt again, under a new unique). */
  | {
      readonly type: "submit";
      readonly task: TaskRef;
      readonly again: boolean;
      /** Counts the submissions of this attempt, from 1; always given. */
      readonly submission?: number;
      /** Given with `again` when the job is decided: learn how the task ended, but never start it. */
      readonly noStart?: true;
    }
  /**
   * Nothing more of this job is to start: withdraw what is submitted and not started. `stages`: only of hosts whose
   * way has not begun, which are at these; the others go theirs to its end.
   */
  | {
      readonly type: "revoke";
      readonly stages?: readonly number[];
      readonly phase: "slots" | "finally";
      readonly slot: number;
      readonly job: number;
    }
  /** Kill what runs of this job on its hosts; of a job with stages only these. */
  | {
      readonly type: "kill";
      readonly stages?: readonly number[];
      readonly phase: "slots" | "finally";
      readonly slot: number;
      readonly job: number;
    }
  /** Send `timePassed` at this time or later; a later wakeAt does not cancel an earlier one. */
  | { readonly type: "wakeAt"; readonly at: number }
  /** Ask this gate; answer with `gateAnswered`. An ask that is not answered in time is inconclusive. */
  | { readonly type: "askGate"; readonly gate: GateRef; readonly ask: number }
  /** Ask the operator; answer with `confirmed`, or with `job` with `nobodyConfirms`, or leave the run interrupted. */
  | {
      readonly type: "askToConfirm";
      readonly phase: "slots" | "finally";
      readonly slot: number;
      /** That job holds, and goes on by a yes; absent: the slot starts by it. */
      readonly job?: number;
      readonly text: string;
    }
  /** Nothing more will be submitted; let what runs finish, then leave the run interrupted (it can be resumed). */
  | { readonly type: "interrupt"; readonly reason: string }
  | { readonly type: "announce"; readonly announcement: Announcement };

export interface Ended {
  readonly verdict: Verdict;
  readonly counts: OutcomeCounts;
  /** In numbers: "needs 80 of 100 hosts; 21 failed; 37 never started". Absent when all is as it should be. */
  readonly reason?: string;
}

/** What the machine tells the world; contract/run-events.ts gives these their names, times and texts. */
export type Announcement =
  | {
      readonly type: "slotStarted";
      readonly phase: "slots" | "finally";
      readonly slot: number;
      /** Whose yes it waited for. */
      readonly by?: string;
    }
  | ({ readonly type: "slotEnded"; readonly phase: "slots" | "finally"; readonly slot: number } & Ended)
  | {
      readonly type: "jobStarted";
      readonly phase: "slots" | "finally";
      readonly slot: number;
      readonly job: number;
      /** Hosts counted, after onlyIfOk. */
      readonly hosts: number;
      readonly need: number;
      readonly window: number;
      readonly steps: readonly number[];
    }
  | ({
      readonly type: "jobEnded";
      readonly phase: "slots" | "finally";
      readonly slot: number;
      readonly job: number;
    } & Ended)
  | {
      readonly type: "stepStarted";
      readonly phase: "slots" | "finally";
      readonly slot: number;
      readonly job: number;
      /** From 1. */
      readonly step: number;
      readonly hosts: number;
      readonly need: number;
    }
  | ({
      readonly type: "stepEnded";
      readonly phase: "slots" | "finally";
      readonly slot: number;
      readonly job: number;
      readonly step: number;
      readonly passed: boolean;
    } & { readonly reason?: string })
  | { readonly type: "gateAsked"; readonly gate: GateRef; readonly ask: number }
  | {
      readonly type: "gateAnswered";
      readonly gate: GateRef;
      readonly ask: number;
      readonly answer: GateAnswer;
    }
  /** The gates are watched for so long before the next step, or the job's end. Said again where a resume begins it anew. */
  | {
      readonly type: "jobBaking";
      readonly phase: "slots" | "finally";
      readonly slot: number;
      readonly job: number;
      readonly bakeMs: number;
    }
  /** No further host of the job is taken until a person says go on. */
  | {
      readonly type: "jobHeld";
      readonly phase: "slots" | "finally";
      readonly slot: number;
      readonly job: number;
      readonly reason: string;
    }
  /** A person has answered. `goOn` false: the job fails. */
  | {
      readonly type: "jobConfirmed";
      readonly phase: "slots" | "finally";
      readonly slot: number;
      readonly job: number;
      readonly goOn: boolean;
      readonly by?: string;
    }
  | { readonly type: "taskAsked"; readonly task: TaskRef; readonly submission: number }
  | { readonly type: "taskStarted"; readonly task: TaskRef; readonly worker?: string }
  | { readonly type: "taskLost"; readonly task: TaskRef; readonly reason: string }
  /** `task` is the attempt that ended. `sameAttempt`: its worker took the blame, so it is submitted again. */
  | {
      readonly type: "taskRetrying";
      readonly task: TaskRef;
      readonly inMs: number;
      readonly reason: string;
      readonly sameAttempt?: true;
    }
  /**
   * `final`: the task's one outcome that counts; not final: an attempt that will be retried. Of a host's way, whose end is
   * that of its first stage that did not end ok, `decidedBy` is that stage.
   */
  | {
      readonly type: "taskEnded";
      readonly task: TaskRef;
      readonly final: boolean;
      readonly end: TaskEnd;
      readonly decidedBy?: number;
    }
  | { readonly type: "runStopping"; readonly how: "drain" | "kill"; readonly reason: string }
  | { readonly type: "warning"; readonly text: string }
  | ({ readonly type: "runEnded" } & Ended);
