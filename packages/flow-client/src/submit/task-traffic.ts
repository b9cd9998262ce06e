import { createHash, randomBytes } from "node:crypto";
import {
  given,
  jobAt,
  keyOfDigest,
  parseOutcome,
  parseProgress,
  runFunction,
  taskId,
  taskNames,
  uniqueOf,
  type OutputMessage,
  type RolloutEvent,
  type RunPlan,
  type TaskRef,
  type TaskReport,
} from "@roadrunner/core";
import type { GearmanClient, SubmissionResult } from "@roadrunner/core/gearman";
import { Admission } from "./admission.ts";
import { clockWarning } from "./clock-warning.ts";
import { reportOf } from "./kept-output.ts";
import { serverInUse } from "./gearman-link.ts";
import { PastSubmissions } from "./past-submissions.ts";
import { nonce } from "./run-id.ts";
import { hidesFirstDelivery } from "./second-delivery.ts";
import { workloadOf } from "./workload-of.ts";
import type { Wrapped, Wrapping } from "./wrapping.ts";

/** What came of a task, for the decision machine; `at` is added by the run loop. */
export type TaskNews =
  | Omit<Extract<RolloutEvent, { type: "taskStarted" }>, "at">
  | Omit<Extract<RolloutEvent, { type: "taskLost" }>, "at">
  | Omit<Extract<RolloutEvent, { type: "taskEnded" }>, "at">;

export interface TrafficOptions {
  readonly plan: RunPlan;
  readonly run: string;
  readonly client: string;
  readonly gearman: GearmanClient;
  readonly maxInFlight: number;
  /** Bytes of each stream that stay in the run events. */
  readonly keepOutputBytes: number;
  readonly live: boolean;
  readonly wrapping: Wrapping;
  onNews(news: TaskNews, report?: TaskReport): void;
  onOutput(task: TaskRef, output: OutputMessage): void;
  onWarning(text: string): void;
}

interface InFlight {
  readonly task: TaskRef;
  readonly functionName: string;
  /** An earlier submission of the attempt was made. */
  readonly again: boolean;
  readonly submittedAtMs: number;
  readonly wrapped: Wrapped;
  startedAtMs?: number;
  warnedGap?: true;
  /** Workers that said they start it, once for each time that the job server gave it away. */
  readonly startedBy: string[];
}

/** How long a job server that took no more ("queue full") is left alone. */
const REFUSED_PAUSE_MS = 1000;

/**
 * Carries tasks to the job server and their answers back. It holds what may start until the server should have
 * it (admission), and never submits while no server is up.
 */
export class TaskTraffic {
  readonly #options: TrafficOptions;
  readonly #admission: Admission;
  readonly #inFlight = new Set<InFlight>();
  readonly #pasts = new PastSubmissions();
  readonly #killed = new Set<string>();
  #pausedUntilMs = 0;
  #held = false;
  #stopped = false;
  #warnedRefused = false;
  readonly #warnedClocks = new Set<string>();

  constructor(options: TrafficOptions) {
    this.#options = options;
    this.#admission = new Admission({ maxInFlight: options.maxInFlight });
  }

  /** This task may start; it is submitted when there is room. Call `pump` afterwards. */
  request(task: TaskRef, order?: "run" | "withdraw" | "kill"): void {
    if (order !== undefined) this.#pasts.of(task).order = order;
    this.#admission.enqueue(jobKey(task), this.#functionOf(task), task);
  }

  /** A resumed run had asked for this attempt before. */
  askedBefore(task: TaskRef, atMs: number): void {
    this.#pasts.of(task).firstAskedMs = atMs;
  }

  /** What runs of this job is being killed: what is asked for again from now on is to be killed as well. */
  kill(job: Pick<TaskRef, "phase" | "slot" | "job">): void {
    this.#killed.add(jobKey(job));
  }

  /** Submits what there is room for. */
  pump(): void {
    if (
      this.#held ||
      this.#stopped ||
      serverInUse(this.#options.gearman) === undefined ||
      performance.now() < this.#pausedUntilMs
    )
      return;
    for (let task = this.#admission.next(); task !== undefined; task = this.#admission.next()) {
      this.#submit(task);
    }
  }

  /**
   * The tasks of a job that were never submitted; they are forgotten here. Of one that was asked for before, by a
   * run that was left, only its host can tell: it is asked for still, and not to start.
   */
  withdraw(job: Pick<TaskRef, "phase" | "slot" | "job">): readonly TaskRef[] {
    const never: TaskRef[] = [];
    for (const task of this.#admission.withdraw(jobKey(job))) {
      if (!this.#pasts.asked(task)) never.push(task);
      else this.request(task, "withdraw");
    }
    return never;
  }

  /** Tasks that said they have started and have not ended. */
  running(): number {
    let running = 0;
    for (const { startedAtMs } of this.#inFlight) if (startedAtMs !== undefined) running += 1;
    return running;
  }

  /** Functions with tasks that were submitted at least `ms` ago and have not started, and how many these are. */
  waitingLongerThan(ms: number): ReadonlyMap<string, number> {
    const before = performance.now() - ms;
    const waiting = new Map<string, number>();
    for (const { functionName, startedAtMs, submittedAtMs } of this.#inFlight) {
      if (startedAtMs !== undefined || submittedAtMs > before) continue;
      waiting.set(functionName, (waiting.get(functionName) ?? 0) + 1);
    }
    return waiting;
  }

  workerSeen(functionName: string, worker: string, places: number): void {
    this.#admission.workerSeen(functionName, worker, places);
  }

  /** Nothing is submitted any more; answers still count. */
  hold(): void {
    this.#held = true;
  }

  /** Nothing is submitted or reported any more. */
  stop(): void {
    this.#stopped = true;
  }

  #functionOf(task: TaskRef): string {
    return runFunction(jobAt(this.#options.plan, task).hosts[task.host]?.pool);
  }

  #submit(task: TaskRef): void {
    const { plan, run, client, gearman, live, wrapping } = this.#options;
    const submission = nonce(8, randomBytes);
    const names = taskNames(plan, task);
    const id = taskId({ run, ...names });
    const key = keyOfDigest(createHash("sha256").update(id).digest());
    const functionName = this.#functionOf(task);
    const past = this.#pasts.of(task);
    const again =
      past.firstAskedMs === undefined
        ? undefined
        : { sinceMs: Math.max(0, Date.now() - past.firstAskedMs), ...given({ bootId: past.bootId }) };
    past.firstAskedMs ??= Date.now();
    const order = again !== undefined && this.#killed.has(jobKey(task)) ? "kill" : past.order;
    const body = JSON.stringify(
      workloadOf(plan, task, { run, client, nonce: submission, live, again, order }),
    );
    const unique = uniqueOf(key, submission);
    const wrapped = wrapping.wrap("task", { function: functionName, unique }, body);
    const entry: InFlight = {
      task,
      functionName,
      again: again !== undefined,
      submittedAtMs: performance.now(),
      startedBy: [],
      wrapped,
    };
    this.#inFlight.add(entry);
    let partial = "";
    const submitted = gearman.submit({
      functionName,
      unique,
      workload: wrapped.text,
      onData: (chunk) => {
        const lines = (partial + chunk.toString("utf8")).split("\n");
        partial = lines.pop() ?? "";
        for (const line of lines) this.#progress(entry, line);
      },
    });
    void submitted.result.then((result) => this.#ended(entry, result));
  }

  #progress(entry: InFlight, line: string): void {
    if (this.#stopped) return;
    const opened = entry.wrapped.open(line, false);
    if (!opened.ok || opened.value.gap) this.#warnOfGap(entry, opened.ok ? undefined : opened.error);
    if (!opened.ok) return;
    const parsed = parseProgress(opened.value.text);
    if (!parsed.ok) {
      this.#options.onWarning(`a worker of ${entry.functionName} sent what is no progress: ${parsed.error}`);
    } else if (parsed.value.type === "output") {
      this.#options.onOutput(entry.task, parsed.value);
    } else if (parsed.value.type === "began") {
      const { bootId } = parsed.value;
      if (bootId !== undefined) this.#pasts.of(entry.task).bootId = bootId;
    } else {
      const { worker, places, clockMs } = parsed.value;
      this.#compareClocks(worker, clockMs);
      this.#admission.workerSeen(entry.functionName, worker, places);
      entry.startedBy.push(worker);
      if (entry.startedAtMs !== undefined) return;
      entry.startedAtMs = performance.now();
      this.#admission.started(entry.functionName);
      this.#options.onNews({ type: "taskStarted", task: entry.task, worker });
    }
  }

  /** Once a submission: what of its answers was left out or changed on the way. */
  #warnOfGap(entry: InFlight, problem: string | undefined): void {
    if (entry.warnedGap === true) return;
    entry.warnedGap = true;
    const { host } = taskNames(this.#options.plan, entry.task);
    const what = problem === undefined ? "a part of the answers is missing" : `an answer ${problem}`;
    this.#options.onWarning(`${host}: ${what}; somebody between here and the workers may have changed them`);
  }

  #compareClocks(worker: string, clockMs: number | undefined): void {
    const warning = clockMs === undefined ? undefined : clockWarning(worker, clockMs - Date.now());
    if (warning === undefined || this.#warnedClocks.has(worker)) return;
    this.#warnedClocks.add(worker);
    this.#options.onWarning(warning);
  }

  #ended(entry: InFlight, result: SubmissionResult): void {
    this.#inFlight.delete(entry);
    this.#admission.gone(entry.functionName, entry.startedAtMs !== undefined);
    if (this.#stopped) return;
    const { task } = entry;
    const lost = (reason: string, answered = true): void =>
      this.#options.onNews({ type: "taskLost", task, reason, answered });
    switch (result.kind) {
      case "complete":
        this.#answered(entry, result.data);
        break;
      case "failed":
        lost("the job server gave it up: its worker is gone");
        break;
      case "exception":
        lost(`the job server reports an exception: ${result.data.toString("utf8").slice(0, 200)}`);
        break;
      case "lost":
        lost(result.reason, false);
        break;
      case "tooLarge":
        lost(result.reason);
        break;
      case "rejected":
        this.#rejected(entry, result);
        break;
    }
    this.pump();
  }

  #answered(entry: InFlight, data: Buffer): void {
    const { task, submittedAtMs, startedAtMs } = entry;
    const opened = entry.wrapped.open(data.toString("utf8"), true);
    if (!opened.ok) {
      const text = data.toString("utf8").slice(0, 300);
      const reason = `the answer ${opened.error}, so it is not believed: ${text}`;
      this.#options.onNews({ type: "taskLost", task, reason, answered: true });
      return;
    }
    if (opened.value.gap) this.#warnOfGap(entry, undefined);
    const parsed = parseOutcome(opened.value.text);
    if (!parsed.ok) {
      this.#options.onNews({
        type: "taskLost",
        task,
        reason: `what answered is no Roadrunner worker: ${parsed.error}`,
      });
      return;
    }
    if (parsed.value.notTaken !== undefined && this.#askAnew(entry, parsed.value.notTaken)) return;
    const { outcome, reason, blame, noRetry, mayBeRunning, worker } = parsed.value;
    if (hidesFirstDelivery(parsed.value, entry.startedBy)) {
      const lost = `the job server gave it to a second worker, which did not start it: ${reason ?? outcome}`;
      this.#options.onNews({ type: "taskLost", task, reason: lost, answered: true });
      return;
    }
    // Who did not reach the host, or takes the blame, tells nothing of what was asked for before.
    const isSilent = entry.again && (blame === "worker" || outcome === "unreachable");
    if (!isSilent) this.#pasts.forget(task);
    const queuedMs = startedAtMs === undefined ? undefined : startedAtMs - submittedAtMs;
    this.#options.onNews(
      {
        type: "taskEnded",
        task,
        end: {
          outcome,
          worker,
          ...(reason === undefined ? {} : { reason }),
          ...(blame === undefined ? {} : { blame }),
          ...(noRetry === undefined ? {} : { noRetry }),
          ...(mayBeRunning === undefined ? {} : { mayBeRunning }),
        },
      },
      reportOf(parsed.value, this.#options.keepOutputBytes, queuedMs),
    );
  }

  /** Whether another submission is made in place of one that was right, but could not be taken. */
  #askAnew({ task, again, wrapped }: InFlight, notTaken: "expired" | "replayed"): boolean {
    const { signedUntilMs } = wrapped;
    // By our own clock as well: a worker whose clock is wrong would be asked for ever.
    if (signedUntilMs === undefined || (notTaken === "expired" && Date.now() < signedUntilMs)) return false;
    if (notTaken === "replayed") {
      const reason = "the job server gave it to one worker twice";
      this.#options.onNews({ type: "taskLost", task, reason, answered: true });
      return true;
    }
    if (!again) this.#pasts.forget(task);
    this.request(task);
    return true;
  }

  #rejected(entry: InFlight, result: Extract<SubmissionResult, { kind: "rejected" }>): void {
    switch (result.code) {
      case "NOT_CONNECTED":
      case "TOO_MANY_IN_FLIGHT":
        this.request(entry.task);
        return;
      case "QUEUE_FULL":
      case "SERVER_ERROR":
        this.request(entry.task);
        this.#pausedUntilMs = performance.now() + REFUSED_PAUSE_MS;
        setTimeout(() => this.pump(), REFUSED_PAUSE_MS);
        if (!this.#warnedRefused)
          this.#options.onWarning(`the job server takes no more for now: ${result.reason}`);
        this.#warnedRefused = true;
        return;
      case "INVALID":
      case "DUPLICATE":
        this.#options.onNews({
          type: "taskEnded",
          task: entry.task,
          end: { outcome: "refused", blame: "submission", reason: result.reason, noRetry: true },
        });
    }
  }
}

function jobKey(at: Pick<TaskRef, "phase" | "slot" | "job">): string {
  return `${at.phase}/${at.slot}/${at.job}`;
}
