import { isUtf8 } from "node:buffer";
import { encodeAnswer, fail, type OutcomeMessage } from "@roadrunner/core";
import type { GrabbedJob, JobResult } from "@roadrunner/core/gearman";
import { plainMessage, type Answers, type OpenedMessage, type Sealing } from "../authority/sealing.ts";
import type { GateUrls } from "../gates/gate-urls.ts";
import { momentNow } from "./clocks.ts";
import { answerControl, refuseUnopened } from "./control.ts";
import { GateDesk, isGateQuestion } from "./gates/gate-desk.ts";
import { isWorthKeeping } from "./memory/kept-answers.ts";
import type { Log } from "@roadrunner/core/service";
import type { WorkerObserver } from "./observer.ts";
import { runTask, type TaskAnswer } from "./task/run-task.ts";
import { bare } from "./task/outcome.ts";
import { SignsOfLife } from "./task/signs-of-life.ts";
import type { TaskJob, SharedParts } from "./shared-parts.ts";

export interface HandlerSettings {
  /** Absent: jobs are taken as they are. */
  readonly sealing?: Sealing | undefined;
  /** Which addresses gates may ask. */
  readonly gateUrls: GateUrls;
  readonly log: Log;
  readonly observer: WorkerObserver;
}

interface Answered {
  readonly outcome: OutcomeMessage;
  readonly result: JobResult;
}

const NOT_UTF8 = { reason: "the gate's question is not UTF-8", blame: "submission" } as const;

/** What a worker does with each job that it grabbed: opens it, has it run or heard, and seals the answer. */
export class JobHandlers {
  readonly #shared: SharedParts;
  readonly #settings: HandlerSettings;
  readonly #desk: GateDesk;

  constructor(shared: SharedParts, settings: HandlerSettings) {
    this.#shared = shared;
    this.#settings = settings;
    this.#desk = new GateDesk(shared, settings.gateUrls);
  }

  /** Runs a task on its host. Never rejects: a bug of ours is an answer too. */
  async task(job: GrabbedJob): Promise<Answered> {
    const answered = await this.#carryOut(job, this.#open(job));
    this.#settings.observer.taskEnded(answered.outcome, performance.now() - job.grabbedAtMs);
    return answered;
  }

  /** Answers a gate's question, or runs its check on its host. */
  async gate(job: GrabbedJob): Promise<JobResult | string> {
    const opened = this.#open(job);
    if (isGateQuestion(opened.text.ok ? opened.text.value : job.workload.toString("utf8"))) {
      const { functionName, unique } = job;
      const text = isUtf8(job.workload) ? opened.text : fail(NOT_UTF8);
      const finding = await this.#desk.answer({ functionName, unique, text });
      return opened.answers.last(JSON.stringify(finding));
    }
    const { outcome, result } = await this.#carryOut(job, opened);
    this.#settings.observer.gateAsked(endedThere(outcome) ? "exit" : "none");
    return result;
  }

  /** Ends the questions that are being asked: the worker leaves. */
  leave(): void {
    this.#desk.leave();
  }

  async #carryOut(job: GrabbedJob, { text, answers }: OpenedMessage): Promise<Answered> {
    const { outcome, key, client } = await this.#run(job, text, answers);
    this.#log(outcome, { handle: job.handle, unique: job.unique, client });
    const answer = encodeAnswer(outcome);
    const undeliverable = () => this.#keep(job, isWorthKeeping(outcome) ? key : undefined, answer);
    return { outcome, result: { body: answers.last(answer), undeliverable } };
  }

  async #run(job: GrabbedJob, text: OpenedMessage["text"], answers: Answers): Promise<TaskAnswer> {
    const send = (line: string) => job.sendData(answers.next(line));
    const life = new SignsOfLife(send);
    try {
      return await runTask(this.#shared, {
        functionName: job.functionName,
        unique: job.unique,
        ...this.#contentOf(job, text),
        grabbedAt: momentNow(),
        send,
        arrived: () => job.dataArrived(),
        status: (done, all) => job.sendStatus(done, all),
        life,
      });
    } catch (error) {
      return { outcome: this.#bug(job, error) };
    } finally {
      life.end();
    }
  }

  /**
   * Does what a control message says.
   * @param state how the worker stands
   */
  control(job: GrabbedJob, state: string): string {
    const { text, answers } = this.#open(job);
    const { functionName, unique, workload } = job;
    if (!text.ok)
      return answers.last(
        JSON.stringify(refuseUnopened(this.#shared, workload.toString("utf8"), text.error.reason)),
      );
    const message = { text: text.value, functionName, unique };
    return answers.last(JSON.stringify(answerControl(this.#shared, message, state)));
  }

  /** The answer to a job whose handler threw. */
  bug(job: GrabbedJob, error: unknown): string {
    return encodeAnswer(this.#bug(job, error));
  }

  #bug(job: GrabbedJob, error: unknown): OutcomeMessage {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#settings.log.error("a bug in rr-worker", { function: job.functionName, error: text });
    const message = error instanceof Error ? error.message : String(error);
    const reason = `a bug in rr-worker: ${message}`;
    return bare(this.#shared, "", { outcome: "unknown", blame: "worker", reason });
  }

  /** Keeps the answer to a task for whoever asks for it again: as it was before the sealing. */
  #keep(job: GrabbedJob, key: string | undefined, answer: string): void {
    this.#settings.observer.answerUndelivered();
    this.#shared.log.warn("an answer could not be delivered: its job server is gone", { handle: job.handle });
    if (key !== undefined) this.#shared.kept.keep(key, answer, performance.now());
  }

  #open(job: GrabbedJob): OpenedMessage {
    const { workload, functionName, unique } = job;
    const message = { text: workload.toString("utf8"), functionName, unique };
    return this.#settings.sealing?.message(message, Date.now()) ?? plainMessage(message);
  }

  /** What the job holds, as far as it could be opened. */
  #contentOf(
    { workload, workloadBytes }: GrabbedJob,
    opened: OpenedMessage["text"],
  ): Pick<TaskJob, "workload" | "workloadBytes" | "fault"> {
    if (this.#settings.sealing === undefined) return { workload, workloadBytes };
    if (!opened.ok) return { workload, workloadBytes: workload.length, fault: opened.error };
    const bytes = Buffer.from(opened.value);
    return { workload: bytes, workloadBytes: bytes.length };
  }

  #log(outcome: OutcomeMessage, asked: Readonly<Record<string, string | undefined>>): void {
    const { host, reason, blame, exitCode, durationMs } = outcome;
    const level = outcome.outcome === "ok" || outcome.outcome === "skipped" ? "debug" : "info";
    // Whatever was refused reached no host: there can be any number of it.
    const log = outcome.outcome === "refused" ? this.#shared.log : this.#settings.log;
    log[level]("task ended", {
      host,
      outcome: outcome.outcome,
      reason,
      blame,
      exitCode,
      durationMs,
      ...asked,
    });
  }
}

/** Whether a gate's check has said yes or no. */
function endedThere({ outcome, exitCode, signal }: OutcomeMessage): boolean {
  return outcome === "ok" || (outcome === "failed" && (exitCode !== undefined || signal !== undefined));
}
