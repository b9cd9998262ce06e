import { createHash } from "node:crypto";
import { closeSync, constants, openSync, writeSync } from "node:fs";
import {
  fail,
  FloodGate,
  defined,
  succeed,
  type GateFinding,
  type GateQuestion,
  type OutcomeMessage,
  type Result,
  type Workload,
} from "@roadrunner/core";
import { pathFault, whyUnwritten } from "@roadrunner/core/files";
import type { Claimed } from "@roadrunner/core/signing";
import type { Signer } from "./owner.ts";

/** Of a command; the digest stands for the rest. */
const MAX_COMMAND_CHARACTERS = 1000;

export interface AuditEntry {
  readonly functionName: string;
  readonly unique: string;
  readonly outcome: OutcomeMessage;
  /** Absent where it could not be read or was not believed. */
  readonly workload?: Workload | undefined;
  readonly signer?: Signer | undefined;
  /** Of what was not believed: whose it says that it is. */
  readonly claimed?: Claimed | undefined;
  /** As whom it logs in. */
  readonly login?: string | undefined;
}

export interface GateEntry {
  readonly functionName: string;
  readonly unique: string;
  readonly finding: GateFinding;
  readonly refused: boolean;
  /** Absent where it could not be read or was not believed. */
  readonly question?: GateQuestion | undefined;
  readonly signer?: Signer | undefined;
  /** Of what was not believed: whose it says that it is. */
  readonly claimed?: Claimed | undefined;
}

/**
 * Who ran what where, as whom, with which outcome, and what gates asked: one JSON line each. Each is written with the file opened anew,
 * so that it can be moved away at any time. What cannot be written is kept, and nothing more is taken until it is.
 */
export class AuditLog {
  readonly #path: string;
  readonly #unsigned = new FloodGate();
  #unwritten: string[] = [];

  private constructor(path: string) {
    this.#path = path;
  }

  /** The file is made with mode 0600; one that others can read, or put another in place of, is refused. */
  static open(path: string): Result<AuditLog, string> {
    const log = new AuditLog(path);
    const problem = log.ready();
    return problem === undefined ? succeed(log) : fail(problem);
  }

  /** Why it takes nothing at the moment; undefined: it does. */
  ready(): string | undefined {
    const written = append(this.#path, this.#unwritten.join(""));
    if (!written.ok) return written.error;
    this.#unwritten = [];
    return undefined;
  }

  write(entry: AuditEntry, now: Date): void {
    const anonymous = entry.signer === undefined && entry.outcome.outcome === "refused";
    this.#bounded(fieldsOf(entry), anonymous, now);
  }

  writeGate(entry: GateEntry, now: Date): void {
    this.#bounded(gateFieldsOf(entry), entry.signer === undefined && entry.refused, now);
  }

  /** Anybody who reaches the job server can bring about what is anonymous: it must not fill the disk. */
  #bounded(fields: { readonly worker: string }, anonymous: boolean, now: Date): void {
    const { tell, left } = anonymous ? this.#unsigned.next(now.getTime()) : { tell: true, left: 0 };
    if (left > 0) this.#line({ time: now.toISOString(), worker: fields.worker, refusedAlso: left });
    if (tell) this.#line({ time: now.toISOString(), ...fields });
  }

  #line(fields: object): void {
    this.#unwritten.push(`${JSON.stringify(fields)}\n`);
    this.ready();
  }
}

function fieldsOf({ functionName, unique, outcome, workload, signer, claimed, login }: AuditEntry) {
  const { task } = workload ?? {};
  const secrets = Object.values(workload?.secretEnv ?? {});
  const text = workload?.command ?? workload?.script?.text;
  return {
    worker: outcome.worker,
    function: functionName,
    unique,
    ...defined({
      ...who(signer, claimed, task?.run),
      slot: task?.slot,
      job: task?.job,
      gate: task?.gate,
      stage: task?.stage,
      target: task?.target,
      attempt: task?.attempt,
      host: workload?.host,
      address: workload?.address,
      port: workload?.port,
      user: login,
      become: workload?.become === true ? "root" : workload?.become,
      command: workload?.command?.slice(0, MAX_COMMAND_CHARACTERS),
      script: workload?.script?.name,
      unless: workload?.unless?.slice(0, MAX_COMMAND_CHARACTERS),
      digest: text === undefined ? undefined : createHash("sha256").update(text).digest("hex"),
      secrets: secrets.length === 0 ? undefined : secrets,
      delivery: workload?.delivery,
      order: task?.order,
    }),
    outcome: outcome.outcome,
    ...defined({
      exitCode: outcome.exitCode,
      signal: outcome.signal,
      changed: outcome.changed,
      blame: outcome.blame,
      reason: outcome.reason,
      durationMs: outcome.durationMs,
    }),
  };
}

/** Of the address, its query is left out: it may hold what is not for a log. */
function gateFieldsOf({ functionName, unique, finding, question, signer, claimed }: GateEntry) {
  const { gate, prometheus, http } = question ?? {};
  const { reading, worker } = finding;
  const token = (prometheus ?? http)?.token;
  return {
    worker,
    function: functionName,
    unique,
    ...defined({
      ...who(signer, claimed, gate?.run),
      slot: gate?.slot,
      job: gate?.job,
      gate: gate?.name,
      ask: gate?.ask,
      url: (prometheus ?? http)?.url.replace(/[?#].*$/s, "").slice(0, MAX_COMMAND_CHARACTERS),
      query: prometheus?.query.slice(0, MAX_COMMAND_CHARACTERS),
      secrets: token === undefined ? undefined : [token],
    }),
    reading: reading.kind,
    ...(reading.kind === "value" ? { value: reading.value } : {}),
    ...(reading.kind === "status" ? { status: reading.status } : {}),
    ...(reading.kind === "none" ? { reason: reading.reason } : {}),
  };
}

/** What is proven and what is only said stand apart: nobody is to be taken for one whose name somebody else wrote. */
function who(signer: Signer | undefined, claimed: Claimed | undefined, run: string | undefined) {
  return {
    principal: signer?.principal,
    key: signer?.fingerprint,
    certificate: signer?.certificate,
    carrier: signer?.carrier,
    run,
    plan: signer?.plan,
    claimed: signer === undefined ? claimed : undefined,
  };
}

function append(path: string, text: string): Result<void, string> {
  try {
    const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW } = constants;
    const file = openSync(path, O_APPEND | O_CREAT | O_WRONLY | O_NOFOLLOW, 0o600);
    try {
      const fault = pathFault(path, "secret");
      if (fault !== undefined) return fail(`the audit log ${path} ${fault}`);
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
      return succeed(undefined);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    return fail(`the audit log ${path} cannot be written: ${whyUnwritten(error)}`);
  }
}
