import {
  contradictionIn,
  endIn,
  defined,
  isSameSince,
  parseOutcome,
  parseProgress,
  type HostBoot,
  type Outcome,
  type OutcomeMessage,
  type OutputMessage,
  type StartedMessage,
  type WaysToEnd,
} from "@roadrunner/core";
import { reportOf } from "./kept-output.ts";
import { LineSplitter } from "./line-splitter.ts";
import { hidesFirstDelivery } from "./second-delivery.ts";
import { lost, notTaken, type SubmissionEnd } from "./submission-end.ts";
import type { Wrapped } from "../protect/wrapping.ts";

/** A worker's longest line is a part of a live output, escaped and sealed: a tenth of this. */
const MAX_LINE_BYTES = 4 * 1024 * 1024;
/** Behind these nothing more of a submission's progress is read; its outcome is. */
const MAX_BAD_LINES = 100;
/** Deliveries of one submission by a job server that keeps losing its workers. */
const MAX_STARTS = 100;
/** Characters of a reason and the like. */
const MAX_TEXT = 2000;

export interface Submission {
  readonly host: string;
  readonly functionName: string;
  /** Its nonce: what answers another one is not believed. */
  readonly nonce: string;
  /** What its outcome is held against. */
  readonly ends: WaysToEnd;
  /** An earlier submission of the attempt was made. */
  readonly again: boolean;
  /** Monotonic. */
  readonly submittedAtMs: number;
  readonly wrapped: Pick<Wrapped, "open" | "takenUntilMs">;
  /** As the worker is told: later it starts nothing. Milliseconds since the epoch. */
  readonly notAfterMs?: number;
  /** Bytes of each stream that stay in the report. */
  readonly keepOutputBytes: number;
}

/** What a progress line says. */
export type SubmissionProgress =
  | { readonly type: "warning"; readonly text: string }
  | { readonly type: "output"; readonly output: OutputMessage }
  | { readonly type: "began"; readonly boot: HostBoot }
  /** It is another submission's: the job server mixes up its jobs. */
  | { readonly type: "misdirected"; readonly reason: string }
  /** `first`: no worker had said so before. */
  | { readonly type: "started"; readonly message: StartedMessage; readonly first: boolean };

/** What is known of the attempt when its outcome comes. */
export interface Known {
  /** Milliseconds since the epoch. */
  readonly wallMs: number;
  /** Since it was asked for first. */
  readonly askedMs: number;
  /** Its start was heard. */
  readonly began: boolean;
}

const RESTARTED =
  "host restarted since the task was first submitted, and no record is left: whether it ran is not known";
const FORGOTTEN =
  "it was started, or was about to be, and the host has no record of it: whether it ran is not known";

/** Reads what comes back of one submission. */
export class SubmissionAnswers {
  readonly #submission: Submission;
  /** Workers that said they start it, once for each time that the job server gave it away. */
  readonly #startedBy: string[] = [];
  /** This submission was heard to begin its command. */
  #hasBegun = false;
  #startedAtMs: number | undefined;
  readonly #splitter = new LineSplitter(MAX_LINE_BYTES);
  #warnedGap = false;
  #warnedJunk = false;
  #badLines = 0;

  constructor(submission: Submission) {
    this.#submission = submission;
  }

  get started(): boolean {
    return this.#startedAtMs !== undefined;
  }

  /**
   * The lines that this part of the stream ends.
   * @param nowMs monotonic
   */
  progress(chunk: Buffer, nowMs: number): SubmissionProgress[] {
    if (this.#badLines >= MAX_BAD_LINES) return [];
    const { lines, tooLong } = this.#splitter.push(chunk);
    const said: SubmissionProgress[] = [];
    for (const line of lines) {
      if (this.#badLines >= MAX_BAD_LINES) return said;
      said.push(...this.#line(line, nowMs));
    }
    return tooLong === 0 ? said : [...said, ...this.#junk(`a line of more than ${MAX_LINE_BYTES} bytes`)];
  }

  #line(line: string, nowMs: number): SubmissionProgress[] {
    const opened = this.#submission.wrapped.open(line, false);
    if (!opened.ok) this.#badLines += 1;
    const warning =
      !opened.ok || opened.value.gap ? this.#gap(opened.ok ? undefined : opened.error) : undefined;
    const warnings = warning === undefined ? [] : [{ type: "warning", text: warning } as const];
    return opened.ok ? [...warnings, ...this.#said(opened.value.text, nowMs)] : warnings;
  }

  #said(text: string, nowMs: number): SubmissionProgress[] {
    const parsed = parseProgress(text);
    if (!parsed.ok) return this.#junk(parsed.error);
    const message = parsed.value;
    if (message.type === "running") return [];
    if (message.type === "output") return [{ type: "output", output: message }];
    if (message.type === "began") {
      const { bootId, container } = message;
      this.#hasBegun = true;
      return [{ type: "began", boot: defined({ bootId, container }) }];
    }
    const foreign = this.#foreign(message);
    if (foreign !== undefined) return [{ type: "misdirected", reason: foreign }];
    if (message.submission === undefined) return this.#junk("a start that names no submission");
    if (this.#startedBy.length >= MAX_STARTS)
      return this.#junk(`it says started ${MAX_STARTS} times and more`);
    this.#startedBy.push(message.worker);
    const first = this.#startedAtMs === undefined;
    this.#startedAtMs ??= nowMs;
    return [{ type: "started", message, first }];
  }

  /** The warning that something else answers as well; once a submission, however much of it comes. */
  #junk(what: string): SubmissionProgress[] {
    this.#badLines += 1;
    if (this.#warnedJunk) return [];
    this.#warnedJunk = true;
    const text = `a worker of ${this.#submission.functionName} sent a line that is no progress message: ${brief(what)}`;
    return [{ type: "warning", text }];
  }

  end(data: Buffer, known: Known): SubmissionEnd {
    const opened = this.#submission.wrapped.open(data.toString("utf8"), true);
    if (!opened.ok) return lost(`the answer ${opened.error}, so it is not believed${saying(data)}`);
    const warning = opened.value.gap ? this.#gap(undefined) : undefined;
    return { ...defined({ warning }), ...this.#outcome(opened.value.text, known) };
  }

  #outcome(text: string, { wallMs, askedMs, began }: Known): SubmissionEnd {
    const { again, submittedAtMs, keepOutputBytes } = this.#submission;
    const parsed = parseOutcome(text);
    if (!parsed.ok)
      return {
        type: "lost",
        reason: `what answered is no Roadrunner worker: ${brief(parsed.error)}`,
        disbelieved: "unread",
      };
    const message = bounded(parsed.value);
    const foreign = this.#foreign(message);
    if (foreign !== undefined) return { type: "lost", reason: foreign, disbelieved: "misdirected" };
    const impossible = this.#impossible(message);
    if (impossible !== undefined) return { type: "lost", reason: impossible, disbelieved: "unread" };
    const instead = notTaken(message, this.#submission, wallMs);
    if (instead !== undefined) return instead;
    const { outcome, reason, blame, worker, noRecord } = message;
    if (hidesFirstDelivery(message, this.#startedBy))
      return lost(`the job server gave it to a second worker, which did not start it: ${reason ?? outcome}`);
    if (this.#hasBegun && (outcome === "unreachable" || outcome === "skipped"))
      return {
        type: "lost",
        reason: untrue(worker, `${outcome}, and yet it had begun`),
        disbelieved: "unread",
      };
    if (again && noRecord !== undefined && (message.notTaken === "unproved" || outcome === "skipped")) {
      if (began || !isSameSince(noRecord, askedMs))
        return {
          type: "ended",
          end: { outcome: "unknown", worker, blame: "host", reason: began ? FORGOTTEN : RESTARTED },
          report: { ...reportOf(message, keepOutputBytes, undefined), outputLost: true },
          settled: true,
        };
      const { bootId, container } = noRecord;
      if (outcome === "refused") return { type: "same", boot: defined({ bootId, container }) };
    }
    const queuedMs = this.#startedAtMs === undefined ? undefined : this.#startedAtMs - submittedAtMs;
    return {
      type: "ended",
      end: endIn(message),
      report: reportOf(message, keepOutputBytes, queuedMs),
      // Who did not reach the host, refuses, or takes the blame, tells nothing of what was asked for before.
      ...defined({ otherRecord: message.otherRecord }),
      settled: !(again && (blame === "worker" || outcome === "unreachable" || outcome === "refused")),
    };
  }

  /** Why what is said is another task's; undefined: it is ours, as far as it tells. */
  #foreign(said: {
    readonly submission?: string | undefined;
    readonly host?: string;
    readonly outcome?: Outcome;
  }): string | undefined {
    const { host, nonce } = this.#submission;
    const unread = isUnread(said);
    const isOther = said.submission === undefined ? false : said.submission !== nonce;
    if (!isOther && (said.host === undefined || said.host === host || unread)) return undefined;
    const whose = said.host === undefined || said.host === host || unread ? "another submission" : said.host;
    return `what answers ${whose} came for ${host}: the job server mixes up its jobs, and nothing of it is believed`;
  }

  /** Why an answer to this cannot be true; undefined: it can. */
  #impossible(message: OutcomeMessage): string | undefined {
    if (message.submission === undefined && !isUnread(message))
      return untrue(message.worker, "it does not say which submission it answers");
    const why = contradictionIn(message, this.#submission.ends);
    return why === undefined ? undefined : untrue(message.worker, why);
  }

  /** The warning that answers were left out or changed on the way; once a submission. */
  #gap(problem: string | undefined): string | undefined {
    if (this.#warnedGap) return undefined;
    this.#warnedGap = true;
    const what = problem === undefined ? "a part of the answers is missing" : `an answer ${problem}`;
    return `${this.#submission.host}: ${what}; somebody between here and the workers may have changed them`;
  }
}

/** Of a worker that could not read what it answers: it knows neither host nor submission. */
function isUnread({ host, outcome }: { readonly host?: string; readonly outcome?: Outcome }): boolean {
  return host === "" && (outcome === "refused" || outcome === "unknown");
}

/** What an answer that is not believed says, for the operator: most often why a worker could not take the task. */
function saying(data: Buffer): string {
  const text = data.toString("utf8").trim();
  const said = parseOutcome(text);
  const told = said.ok ? (said.value.reason ?? said.value.outcome) : text;
  return `; it says: ${told.slice(0, 300)}`;
}

/** With its texts as far as they go into the journal; the output has a bound of its own. */
function bounded(message: OutcomeMessage): OutcomeMessage {
  const { reason, signal, worker } = message;
  const texts = { reason: reason && brief(reason), signal: signal && brief(signal) };
  return { ...message, ...defined(texts), worker: brief(worker) };
}

function brief(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`;
}

function untrue(worker: string, why: string): string {
  return `the answer of worker ${worker} cannot be true, and is not believed: ${why}`;
}
