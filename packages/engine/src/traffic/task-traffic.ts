import { defined, jobAt, poolAt, runFunction, taskNames, workAt, type TaskRef } from "@roadrunner/core";
import type { SubmissionResult } from "@roadrunner/core/gearman";
import { Admission, type Lane } from "./admission.ts";
import { Disbelief } from "../answers/disbelief.ts";
import { WorkerClocks } from "../answers/worker-clocks.ts";
import { serverInUse } from "../server/gearman-link.ts";
import { NEVER_SUBMITTED, now, PastSubmissions } from "./past-submissions.ts";
import { RefusedSubmissions } from "./refused-submissions.ts";
import { countByFunction, olderThan, type InFlight } from "./in-flight.ts";
import { jobKey } from "./job-key.ts";
import { lossOf } from "../answers/loss-of.ts";
import { Silence, type UnansweredRest } from "./silence.ts";
import type { Unheard } from "./unheard.ts";
import type { SubmissionEnd } from "../answers/submission-end.ts";
import type { SubmissionProgress } from "../answers/submission-answers.ts";
import { writtenTask } from "./written-task.ts";
import type { TrafficOptions } from "./traffic-options.ts";

/**
 * Carries tasks to the job server and their answers back. It holds what may start until the server should have
 * it (admission), and never submits while no server is up.
 */
export class TaskTraffic {
  readonly #options: TrafficOptions;
  readonly #admission: Admission;
  readonly #inFlight = new Set<InFlight>();
  readonly #pasts = new PastSubmissions();
  /** Jobs, and of those with stages which of these. */
  readonly #killed = new Map<string, readonly number[] | undefined>();
  readonly #silence = new Silence();
  readonly #refusals: RefusedSubmissions;
  #held = false;
  #stopped = false;
  #warnedRefused = false;
  readonly #clocks = new WorkerClocks();
  readonly #disbelief = new Disbelief();

  constructor(options: TrafficOptions) {
    this.#options = options;
    this.#admission = new Admission({ maxInFlight: options.maxInFlight });
    this.#refusals = new RefusedSubmissions({
      mostMs: options.serverTimeoutMs,
      onOver: () => this.pump(),
      onTooLong: (reason) => options.onRefused(reason),
    });
  }

  /** This task may start; it is submitted when there is room. Call `pump` afterwards. */
  request(task: TaskRef, order?: "run" | "withdraw" | "kill"): void {
    if (order !== undefined) this.#pasts.of(task).order = order;
    this.#admission.enqueue(jobKey(task), this.#functionOf(task), task, this.#laneOf(task));
  }

  /** What is to end, or has begun on a host that has a record of it, is asked about without that it could start. */
  #laneOf(task: TaskRef): Lane {
    const { firstAsked, order = "run", began } = this.#pasts.of(task);
    if (order !== "run" || (firstAsked !== undefined && this.#isKilled(task))) return "settle";
    return began !== undefined && workAt(this.#options.plan, task).delivery === "once" ? "settle" : "begin";
  }

  /** A resumed run had asked for this attempt before, `agoMs` ago; `started`: a worker had said that it starts it. */
  askedBefore(task: TaskRef, agoMs: number, started: boolean): void {
    this.#pasts.askedBefore(task, agoMs, started);
    this.#silence.mayRun(task);
  }

  /** What runs of this job is being killed: what is asked for again from now on is to be killed as well. */
  kill(job: Pick<TaskRef, "phase" | "slot" | "job"> & { readonly stages?: readonly number[] }): void {
    this.#killed.set(jobKey(job), job.stages);
    const isMeant = (task: TaskRef): boolean => this.#pasts.asked(task) && this.#isKilled(task);
    for (const task of this.#admission.withdraw(jobKey(job), isMeant)) this.request(task);
  }

  #isKilled(task: TaskRef): boolean {
    const stages = this.#killed.get(jobKey(task));
    return this.#killed.has(jobKey(task)) && (stages?.includes(task.stage ?? 0) ?? true);
  }

  /** Submits what there is room for. */
  pump(): void {
    const { tenure, gearman } = this.#options;
    if (
      this.#held ||
      this.#stopped ||
      tenure?.mayAsk === false ||
      serverInUse(gearman) === undefined ||
      this.#refusals.pausing
    )
      return;
    const only = tenure?.mayStart === false ? "settle" : undefined;
    for (let task = this.#admission.next(only); task !== undefined; task = this.#admission.next(only)) {
      this.#submit(task, only !== undefined);
    }
  }

  /**
   * The tasks of a job that were never submitted; they are forgotten here. Of one that was asked for before, by a
   * run that was left, only its host can tell: it is asked for still, and not to start.
   */
  withdraw(
    job: Pick<TaskRef, "phase" | "slot" | "job"> & { readonly stages?: readonly number[] },
  ): readonly TaskRef[] {
    this.#silence.revoke(job, job.stages);
    const never: TaskRef[] = [];
    const isMeant = (task: TaskRef): boolean => this.#silence.isRevoked(task);
    for (const task of this.#admission.withdraw(jobKey(job), isMeant)) {
      if (!this.#pasts.asked(task)) never.push(task);
      else this.request(task, "withdraw");
    }
    return never;
  }

  /** Tasks that said they have started and have not ended. */
  running(): number {
    let running = 0;
    for (const { answers } of this.#inFlight) if (answers.started) running += 1;
    return running;
  }

  /** Functions with tasks that were submitted `ms` ago or earlier and have not started, and how many these are. */
  waitingLongerThan(ms: number): ReadonlyMap<string, number> {
    return countByFunction(olderThan(ms, this.#inFlight).filter(({ answers }) => !answers.started));
  }

  /** How long the workers of the submissions that are `ms` old or older have said nothing. */
  silencesOf(ms: number): readonly Unheard[] {
    return olderThan(ms, this.#inFlight).map(({ unheard }) => unheard);
  }

  /** Whether a worker of this function has said something, ever. */
  heardOf(functionName: string): boolean {
    return this.#silence.heardOf(functionName);
  }

  /** What is left where nothing is known to run and nothing is to start; undefined: more than that, or nothing. */
  unansweredRest(): UnansweredRest | undefined {
    return this.#silence.rest(this.#inFlight, this.#admission.waiting());
  }

  /** Nothing is submitted any more; answers still count. */
  hold(): void {
    this.#held = true;
  }

  /** Nothing is submitted or reported any more. */
  stop(): void {
    this.#stopped = true;
    this.#refusals.stop();
  }

  #functionOf(task: TaskRef): string {
    return runFunction(poolAt(this.#options.plan, task));
  }

  /** @param startsNothing it may only end, or be asked about */
  #submit(task: TaskRef, startsNothing: boolean): void {
    const { plan, gearman, outputs, wrapping } = this.#options;
    const functionName = this.#functionOf(task);
    const job = jobAt(plan, task);
    const taken = outputs.variablesOf(job, taskNames(plan, task).host);
    if (!taken.ok) {
      this.#admission.gone(functionName, false);
      return this.#refuse(task, taken.error);
    }
    const past = this.#pasts.of(task);
    const again = past.firstAsked === undefined ? undefined : defined({ began: past.began, boot: past.boot });
    past.firstAsked ??= now();
    const { operator, silent: silentBefore } = past;
    const isOver = startsNothing || (operator !== undefined && wrapping.isOver(operator));
    const isKilled = again !== undefined && this.#isKilled(task);
    const order = isKilled ? "kill" : isOver ? "withdraw" : past.order;
    const asked = { functionName, again, order, silentBefore, taken: taken.value, operator };
    const { entry, unique, workload } = writtenTask(this.#options, task, asked);
    this.#inFlight.add(entry);
    const sent = gearman.submit({
      functionName,
      unique,
      workload,
      priority: this.#options.priority,
      onAccepted: () => {
        entry.taken = true;
        this.#refusals.taken();
      },
      onData: (chunk) => this.#progress(entry, chunk),
    });
    entry.unheard.sentAs(sent);
    void sent.result.then((end) => this.#ended(entry, end));
  }

  #progress({ task, host, functionName, answers, unheard }: InFlight, chunk: Buffer): void {
    this.#silence.heardProgress(functionName);
    unheard.heard();
    for (const news of answers.progress(chunk, performance.now())) {
      if (this.#stopped) return;
      if (news.type === "warning") this.#options.onWarning(news.text);
      else if (news.type === "misdirected") this.#misdirected(host, news.reason);
      else if (news.type === "output") {
        this.#pasts.of(task).began ??= {}; // the command's own words, be the word before them lost
        this.#options.onOutput(task, news.output);
      } else if (news.type === "began") this.#pasts.of(task).began = news.boot;
      else {
        unheard.startedBy(news.message);
        this.#started(task, functionName, news);
      }
    }
  }

  /** All that is in flight there is asked for again, on a new connection: whose the answers are, nobody knows. */
  #misdirected(host: string, reason: string): void {
    this.#disbelieve(host, reason);
    this.#options.gearman.distrust(reason);
  }

  #disbelieve(host: string, reason: string): void {
    const warning = this.#disbelief.of(host, reason);
    if (warning !== undefined) this.#options.onWarning(warning);
  }

  #started(
    task: TaskRef,
    functionName: string,
    { message, first }: Extract<SubmissionProgress, { type: "started" }>,
  ): void {
    const { worker, places, clockMs } = message;
    const warning = clockMs === undefined ? undefined : this.#clocks.compare(worker, clockMs - Date.now());
    if (warning !== undefined) this.#options.onWarning(warning);
    this.#admission.workerSeen(functionName, worker, places);
    this.#silence.mayRun(task);
    if (!first) return;
    this.#admission.started(functionName);
    this.#options.onNews({ type: "taskStarted", task, worker });
  }

  #ended(entry: InFlight, result: SubmissionResult): void {
    this.#inFlight.delete(entry);
    if (entry.taken) this.#refusals.ended();
    this.#admission.gone(entry.functionName, entry.answers.started);
    if (this.#stopped) return;
    if (result.kind === "complete") this.#answered(entry, result.data);
    else if (result.kind === "rejected") this.#rejected(entry, result);
    else this.#lost(entry, lossOf(result));
    this.pump();
  }

  #lost({ task, unheard: { silentMs } }: InFlight, reason: string): void {
    if (silentMs !== undefined) this.#pasts.of(task).silent = true;
    this.#options.onNews({ type: "taskLost", task, reason, ...defined({ silentMs }) });
  }

  #answered({ task, host, again, functionName, answers }: InFlight, data: Buffer): void {
    const options = this.#options;
    this.#silence.heard(functionName);
    const answer = answers.end(data, { wallMs: Date.now(), ...this.#pasts.known(task) });
    if (answer.warning !== undefined) options.onWarning(answer.warning);
    switch (answer.type) {
      case "lost": {
        const { reason, answered, disbelieved } = answer;
        if (disbelieved === "misdirected") this.#misdirected(host, reason);
        else if (disbelieved === "unread") this.#disbelieve(host, reason);
        options.onNews({ type: "taskLost", task, reason, ...defined({ answered }) });
        return;
      }
      case "expired":
        if (answer.aheadMs !== undefined) options.tenure?.workerAhead(answer.aheadMs);
        if (!again) this.#pasts.forget(task);
        this.request(task);
        return;
      case "same":
        this.#pasts.of(task).boot = answer.boot;
        this.request(task);
        return;
      case "ended":
        if (again && this.#askByAnother(task, answer)) return this.request(task);
        if (answer.settled) {
          this.#pasts.forget(task);
          this.#silence.settled(task);
        }
        options.onNews({ type: "taskEnded", task, end: answer.end }, answer.report);
    }
  }

  /**
   * Whether it is asked about once more, by the word of whoever signed the plan before: a host tells nobody of what was
   * begun by another one's, and which that was is not known for certain.
   */
  #askByAnother(
    task: TaskRef,
    { end: { outcome, blame }, otherRecord }: Extract<SubmissionEnd, { type: "ended" }>,
  ): boolean {
    if (otherRecord === undefined && (outcome !== "refused" || blame === "worker")) return false;
    const { operators } = this.#options.wrapping;
    const past = this.#pasts.of(task);
    const asked = past.operator ?? operators[0];
    const next = operators[operators.indexOf(asked) + 1];
    if (next === undefined) delete past.operator;
    else past.operator = next;
    return next !== undefined;
  }

  #rejected(entry: InFlight, result: Extract<SubmissionResult, { kind: "rejected" }>): void {
    switch (result.code) {
      case "NOT_CONNECTED":
        this.#notTaken(entry);
        return;
      case "TOO_MANY_IN_FLIGHT":
        this.#notTaken(entry);
        this.#refusals.pause();
        return;
      case "QUEUE_FULL":
      case "SERVER_ERROR":
        this.#notTaken(entry);
        if (!this.#warnedRefused)
          this.#options.onWarning(`the job server takes no more for now: ${result.reason}`);
        this.#warnedRefused = true;
        this.#refusals.refused(result.reason, performance.now());
        return;
      case "INVALID":
      case "DUPLICATE":
        this.#refuse(entry.task, result.reason);
    }
  }

  /** Nothing of it goes to a worker, now or later. */
  #refuse(task: TaskRef, reason: string): void {
    const end = { outcome: "refused", blame: "submission", reason, noRetry: true } as const;
    this.#options.onNews({ type: "taskEnded", task, end });
  }

  /** It waits again; unless its job was decided meanwhile, which has withdrawn what waited. */
  #notTaken({ task, again }: InFlight): void {
    if (!again) this.#pasts.neverAsked(task);
    if (!this.#silence.isRevoked(task)) this.request(task);
    else if (again) this.request(task, "withdraw");
    else this.#options.onNews({ type: "taskEnded", task, end: NEVER_SUBMITTED });
  }
}
