import { defined, type HostBoot } from "@roadrunner/core";
import type { Lease } from "../transport/transport.ts";
import type { StopCause } from "./stop-cause.ts";
import type { StopTold } from "./stop.ts";
import { givePassword } from "./give-password.ts";
import type { Heard } from "./heard.ts";
import { endAsking, killOnHost, type KillEnd } from "./kill-on-host.ts";
import { parseBoot, parseProcess, type Mark, type RemoteProcess } from "../program/marks.ts";
import type { RemoteProgram } from "../program/program.ts";
import { readAnswer, type RecordAnswer } from "./record-answer.ts";
import type { Secret } from "./redactor.ts";
import { hasHelpers } from "../program/record.ts";
import { askedOf, unlessLimitMs } from "../program/unless.ts";
import type { RemoteTask } from "../program/remote-task.ts";
import type { RunRequest } from "./run-request.ts";
import { visit, type VisitEnd } from "./visit.ts";

export interface Supervised {
  readonly visit: VisitEnd;
  readonly stop?: StopTold;
}

/** The host's own guard comes first; this is for a host where it was lost. */
const LIMIT_MARGIN_MS = 10_000;
/** After the kill the program answers on its own channel. */
const ANSWER_MS = 5000;
/** A program that was sent when the stop came may begin any moment, and is killed then. */
const BEGIN_MS = 10_000;

/** One visit that runs a command, with the stop request and the time limit watched over. */
export async function superviseVisit(
  request: RunRequest,
  lease: Pick<Lease, "exec" | "condemn">,
  program: RemoteProgram,
  heard: Heard,
  helloMs = request.task.connectTimeoutMs,
): Promise<Supervised> {
  const supervisor = new Supervisor(request, program, heard);
  const { task, connect } = request;
  try {
    const end = await visit({
      lease,
      program,
      nonce: task.nonce,
      secrets: secretsOf(task),
      maxOutputBytes: task.maxOutputBytes,
      helloMs,
      onSend: () => supervisor.send(),
      onMark: (mark) => supervisor.hear(mark),
      signal: supervisor.leave,
      onPassword: (signal) => givePassword(task, task.nonce, connect, signal),
      ...(request.beforeBody === undefined ? {} : { beforeBody: request.beforeBody }),
      ...(request.onOutput === undefined ? {} : { onOutput: request.onOutput }),
    });
    const stop = await supervisor.stopped(end);
    return stop === undefined ? { visit: end } : { visit: end, stop };
  } finally {
    supervisor.done();
  }
}

/** What must not stand in anything that a host says of the task. */
export function secretsOf(task: RemoteTask): Secret[] {
  const password =
    task.sudoPassword === undefined ? [] : [{ name: "sudo-password", value: task.sudoPassword }];
  return [...Object.values(task.secretEnv), ...password];
}

class Supervisor {
  readonly #request: RunRequest;
  readonly #program: RemoteProgram;
  readonly #heard: Heard;
  readonly #leave = new AbortController();
  readonly #onStop = (): void => this.#stop("cancelled");
  readonly #onRevoked = (): void => this.#endAsking();
  #sent = false;
  #started = false;
  #begun = false;
  #waiting = false;
  /** `unless` is being asked. */
  #asking = false;
  #process: RemoteProcess | undefined;
  /** No record tells which children are helpers, as while `unless` is asked, and the program has not told yet. */
  #helpersUntold: boolean;
  #cause: StopCause | undefined;
  #killing: Promise<StopTold | undefined> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(request: RunRequest, program: RemoteProgram, heard: Heard) {
    this.#request = request;
    this.#program = program;
    this.#heard = heard;
    const { task } = request;
    this.#helpersUntold = task.unless !== undefined || (task.delivery !== "once" && hasHelpers(task));
    request.signal?.addEventListener("abort", this.#onStop);
    request.revoked?.addEventListener("abort", this.#onRevoked);
    if (request.signal?.aborted === true) this.#onStop();
  }

  /** Aborted when the visit is to be left. */
  get leave(): AbortSignal {
    return this.#leave.signal;
  }

  send(): void {
    this.#sent = true;
    this.#heard.sent();
  }

  /** What it returns is the part of the program that the shell waits for. */
  hear(mark: Mark): string | undefined {
    // From here on the record tells.
    if (mark.word === "exists" || mark.word === "claimed") this.#hearHelpers(this.#process?.helpers ?? []);
    if (mark.word === "exists") return this.#program.look?.();
    if (mark.word === "start" && !this.#started) this.#start(parseProcess(mark.args));
    if (mark.word === "wait") this.#wait(readAnswer([mark]));
    if (mark.word === "claimed" && this.#request.task.delivery === "once") this.#begin(parseBoot(mark.args));
    if (mark.word === "helpers") this.#hearHelpers(mark.args.map(Number));
    if (mark.word === "asking" || mark.word === "asked") this.#asking = mark.word === "asking";
    if (mark.word === "asking" && this.#request.revoked?.aborted === true) this.#endAsking();
    if (mark.word === "asked" && askedOf(mark).kind === "needed") this.#needed();
    return undefined;
  }

  #start(process: RemoteProcess | undefined): void {
    this.#started = true;
    this.#process = process;
    const { delivery, unless } = this.#request.task;
    // A record is made after the start mark, and tells of what it found instead; and `unless` is asked before.
    if (delivery !== "once" && unless === undefined) this.#begin(process ?? {});
    this.#limit(0, unlessLimitMs(this.#request.task));
    if (this.#cause !== undefined) this.#kill(this.#cause);
  }

  /** `unless` has answered: the command follows, in its own time. */
  #needed(): void {
    const { task } = this.#request;
    if (this.#cause === undefined && task.timeoutMs === undefined) clearTimeout(this.#timer);
    if (this.#process !== undefined) this.#process = { ...this.#process, helpers: [] };
    if (task.delivery === "once") return;
    this.#helpersUntold = hasHelpers(task);
    this.#begin(this.#process ?? {});
  }

  #begin({ bootId, container }: HostBoot): void {
    if (this.#begun) return;
    this.#begun = true;
    const boot = defined({ bootId, container });
    this.#heard.noteBegan(boot);
    this.#request.onBegan?.(boot);
  }

  #hearHelpers(helpers: readonly number[]): void {
    if (this.#process !== undefined) this.#process = { ...this.#process, helpers };
    this.#helpersUntold = false;
    if (this.#cause !== undefined && this.#killing === undefined) this.#kill(this.#cause);
  }

  /** An earlier delivery's command lives: its time limit is taken over. */
  #wait(answer: RecordAnswer | undefined): void {
    if (answer?.kind !== "running" || this.#waiting) return;
    this.#waiting = true;
    this.#process = answer.process;
    if (this.#cause === undefined) this.#limit(answer.ageMs);
  }

  /** `askMs`: how long `unless` may take before that. */
  #limit(ageMs: number, askMs?: number): void {
    const { timeoutMs, killGraceMs } = this.#request.task;
    if (timeoutMs === undefined && askMs === undefined) return;
    const graceMs = killGraceMs + LIMIT_MARGIN_MS;
    const [ofAsking, ofCommand] = [askMs, timeoutMs].map((ms) => (ms === undefined ? 0 : ms + graceMs));
    const totalMs = (ofAsking ?? 0) + (ofCommand ?? 0);
    const { limit } = this.#heard;
    if (timeoutMs !== undefined) limit.set(totalMs, ageMs);
    const leftMs = timeoutMs === undefined ? totalMs : limit.leftMs;
    this.#after(Math.max(ANSWER_MS, leftMs), () => this.#stop("timedOut"));
  }

  #after(ms: number, then: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(then, ms);
  }

  /** What came of a stop: the command may have ended first, the kill is still waited for. */
  async stopped(end: VisitEnd): Promise<StopTold | undefined> {
    if (end.reached !== "sent") return undefined;
    const told = await this.#killing;
    return told ?? (this.#cause === undefined ? undefined : { cause: this.#cause });
  }

  done(): void {
    clearTimeout(this.#timer);
    this.#request.signal?.removeEventListener("abort", this.#onStop);
    this.#request.revoked?.removeEventListener("abort", this.#onRevoked);
  }

  /** The first cause counts. Before the start mark nothing can be killed: what was not sent is left unsent. */
  #stop(cause: StopCause): void {
    if (this.#cause !== undefined) return;
    this.#cause = cause;
    if (this.#started) this.#kill(cause);
    else if (this.#sent) this.#after(BEGIN_MS, () => this.#leave.abort());
    else this.#leave.abort();
  }

  /** Revoked: the command is not to start. One that begins in the meantime goes on. */
  #endAsking(): void {
    const { task, connect, log } = this.#request;
    const process = this.#process;
    if (!this.#asking || this.#killing !== undefined || process === undefined) return;
    log.debug("ending unless", { host: task.host, pid: process.pid });
    this.#killing = endAsking(task, process, connect).then((kill) => {
      if (kill !== undefined) return this.#killed(this.#cause ?? "cancelled", kill);
      // A stop that came meanwhile has waited for this.
      this.#killing = this.#cause === undefined ? undefined : this.#killNow(this.#cause);
      return this.#killing;
    });
  }

  #killed(cause: StopCause, kill: KillEnd): StopTold {
    this.#cause = cause;
    this.#after(ANSWER_MS, () => this.#leave.abort());
    return { cause, kill };
  }

  #kill(cause: StopCause): void {
    this.#killing ??= this.#killNow(cause);
  }

  /** Undefined: not yet. */
  #killNow(cause: StopCause): Promise<StopTold> | undefined {
    const { task, connect, log } = this.#request;
    const process = this.#process;
    if (process === undefined) {
      this.#leave.abort();
      const reason = "the host has no /proc, where its processes could be found";
      return Promise.resolve({ cause, kill: { kind: "failed", reason } });
    }
    if (this.#helpersUntold) {
      this.#after(ANSWER_MS, () => this.#hearHelpers([]));
      return undefined;
    }
    log.debug("killing a command", { host: task.host, cause, pid: process.pid });
    clearTimeout(this.#timer);
    return killOnHost(task, { cause, process }, connect).then((kill) => this.#killed(cause, kill));
  }
}
