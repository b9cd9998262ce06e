import type { JobWork } from "../../work/work.ts";
import type { GatePlan } from "./gate-plan.ts";
import type { HostPlan } from "./host-plan.ts";
import type { Failure } from "../../work/outcome.ts";

/**
 * The resolved plan of a run: hosts in the order in which they start, every default applied, every
 * amount parsed. It is plain JSON: it stands whole in `run.started`, and a resume runs it and not the files.
 */
export interface RunPlan {
  /** The flow's name. */
  readonly name: string;
  readonly description?: string;
  readonly slots: readonly SlotPlan[];
  /** Slots that run after success, failure and the first stop request. */
  readonly finally: readonly SlotPlan[];
  /** Values of the flow's parameters, which stand where they are used already. */
  readonly params?: Readonly<Record<string, string | number | boolean>>;
  /** Names of parameters whose values are nowhere but in what is sent. */
  readonly secretParams?: readonly string[];
}

export interface SlotPlan {
  readonly name?: string;
  /** True: a failed job stops the other jobs of its slot as a stop request does. */
  readonly failFast: boolean;
  /** Asks this before the slot starts. */
  readonly confirm?: string;
  readonly jobs: readonly JobPlan[];
}

/** A share in hundredths of a per cent of n (80% is 8000), or a number of hosts. */
export type Amount =
  | { readonly kind: "share"; readonly hundredths: number }
  | { readonly kind: "count"; readonly count: number };

/** The part of a job that decides who starts when, and the verdict. All durations are milliseconds. */
export interface JobPlan {
  readonly name: string;
  /** In start order, unique by name. */
  readonly hosts: readonly HostPlan[];
  readonly success: Amount;
  /** One amount is a sliding window; several are steps with barriers, of which the last repeats. */
  readonly parallelism: readonly [Amount, ...Amount[]];
  /** True where the flow wrote a list, even of one: then there are barriers. */
  readonly stepped: boolean;
  /** Share of a step's hosts that must end ok. */
  readonly stepSuccess: Amount;
  /** Pause between steps. */
  readonly waitMs: number;
  readonly tolerate: Readonly<Partial<Record<Failure, Amount>>>;
  /** At most so many hosts at once for each value of a label; a share is of that value's hosts. */
  readonly spread?: readonly Spread[];
  readonly failedHostsHoldPlaces: boolean;
  readonly boundFailures: boolean;
  /** Names of earlier jobs: only the hosts that ended ok in all of them run here; n is counted after that. */
  readonly onlyIfOk: readonly string[];
  /** Attempts after the first. */
  readonly retries: number;
  readonly retryDelayMs: number;
  readonly retryOn: readonly Failure[];
  /** From the submission of the job's first host to the job's end; what runs then is killed. */
  readonly deadlineMs?: number;
  /** Watched from before the first host until the job's end; absent: none. */
  readonly gates?: readonly GatePlan[];
  /** For how long after a step's last host, and after the job's, the gates are watched. Only with gates; default 0. */
  readonly bakeMs?: number;
  /** What a gate that fails does; default: the job fails. `hold`: no further host is taken until a person says go on. */
  readonly onGateFail?: "hold";
  /**
   * This job undoes that one of its slot, which stands before it: it runs when that one has failed, on those of its hosts
   * that had started, and counts for no verdict. Its hosts are those of that job, in the same order.
   */
  readonly undoes?: string;
  /** Of a job that undoes: also on hosts of which nobody knows how they ended. */
  readonly undoUnknown?: true;
  /** Variables whose values are outputs of earlier jobs; a host's own `env` has none of them. */
  readonly envFrom?: Readonly<Record<string, { readonly from: string; readonly name: string }>>;
  /** What is done on each host; absent where it goes through stages. The rollout never looks inside. */
  readonly work?: JobWork;
  /** What each host goes through, one after the other, in place of `work`. */
  readonly stages?: readonly [StagePlan, ...StagePlan[]];
}

/**
 * One act of a host's way through a job: a task of its own, with its own attempts. The next one is submitted when it has
 * ended ok.
 */
export interface StagePlan {
  readonly name: string;
  /** Of the first one: it only asks whether the way is needed. A host that says no is ok, and goes no other stage. */
  readonly asks?: true;
  /** Runs whatever became of the stages before it, and after a kill as well. */
  readonly always: boolean;
  /** A host that failed here and is taken again goes on here, and not at its first stage. */
  readonly retryFrom?: "stage";
  /** Attempts after the first. */
  readonly retries: number;
  readonly retryDelayMs: number;
  readonly retryOn: readonly Failure[];
  /** It runs there, and not on the host whose way it is. */
  readonly at?: AtPlan;
  /** Which workers run it, in place of those of the host where it runs. */
  readonly pool?: string;
  /** As whom to log in, in place of the host's. */
  readonly user?: string;
  /** Beside the host's variables, and before them. */
  readonly env?: Readonly<Record<string, string>>;
  readonly work: JobWork;
}

/** Where a stage runs that does not run on the host whose way it is. */
export interface AtPlan {
  /** The label whose value is the name of the one; absent: it is the same one for all hosts. */
  readonly label?: string;
  /** How each that it may be is reached; without a label there is one. */
  readonly hosts: readonly HostPlan[];
  /** How many of the run may be there at once. */
  readonly atOnce: number;
}

/** `rack: 1`: at most one host of each rack at once. */
export interface Spread {
  readonly label: string;
  readonly most: Amount;
}
