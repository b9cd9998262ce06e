import { openEnvelope, planBodyOf } from "@roadrunner/core/signing";
import type { Passing, Tampering } from "../../support/gearman-proxy.ts";

/** What passes on two connections may change places; a busy machine takes its time. */
const GRACE_MS = 1000;

interface Held {
  readonly run: string;
  readonly epoch: number;
  readonly notAfterMs: number;
  /** Of the operator's word that came with it. */
  readonly signedUntilMs?: number | undefined;
}

interface Known {
  readonly epoch: number;
  readonly sinceMs: number;
  readonly notAfterMs: number;
}

/** What was refused of what coordinators asked, by why. */
export interface Refused {
  readonly overtaken: number;
  readonly expired: number;
}

/**
 * Listens between one worker and the job server: which epochs it has been told of, and which tasks it says to start.
 * Times are milliseconds since 1970.
 */
export class EpochWatch {
  readonly problems: string[] = [];
  readonly #worker: string;
  readonly #jobs = new Map<string, Held>();
  /** By run: what the worker has answered to, and so knows. */
  readonly #known = new Map<string, Known>();
  #refused: Refused = { overtaken: 0, expired: 0 };

  constructor(worker: string) {
    this.#worker = worker;
  }

  get refused(): Refused {
    return this.#refused;
  }

  /** Another process takes its place, which knows of nothing. */
  forget(): void {
    this.#known.clear();
  }

  /** For a GearmanProxy: everything passes. */
  readonly look: Tampering = (passing) => {
    this.#look(passing, Date.now());
    return [passing.bytes];
  };

  #look({ packet, connection }: Passing, nowMs: number): void {
    if (packet === undefined) return;
    const key = `${connection} ${packet.arg(0)}`;
    if (packet.name === "JOB_ASSIGN_UNIQ" || packet.name === "JOB_ASSIGN") {
      const held = heldIn(packet.body(packet.name === "JOB_ASSIGN" ? 2 : 3));
      if (held !== undefined) this.#asked(key, held);
      return;
    }
    const held = this.#jobs.get(key);
    if (held === undefined || !["WORK_DATA", "WORK_COMPLETE"].includes(packet.name)) return;
    const said = jsonIn(packet.body(1));
    if (said?.["type"] === "started") this.#started(held, nowMs);
    if (packet.name === "WORK_COMPLETE") {
      this.#jobs.delete(key);
      this.#ended(said);
    }
    this.#learn(held, nowMs);
  }

  #asked(key: string, held: Held): void {
    this.#jobs.set(key, held);
    const { run, epoch, notAfterMs, signedUntilMs = Infinity } = held;
    if (notAfterMs > signedUntilMs)
      this.problems.push(
        `overtime: ${this.#worker} is asked in epoch ${epoch} of ${run} for ${notAfterMs - signedUntilMs} ms longer than its operator signed`,
      );
  }

  #started({ run, epoch, notAfterMs }: Held, nowMs: number): void {
    const known = this.#known.get(run);
    const what = `${this.#worker} starts a task of ${run} in epoch ${epoch}`;
    if (known !== undefined && known.epoch > epoch && nowMs - known.sinceMs > GRACE_MS)
      this.problems.push(`overtaken: ${what}, ${nowMs - known.sinceMs} ms after it knew of ${known.epoch}`);
    const untilMs = known?.epoch === epoch ? Math.max(known.notAfterMs, notAfterMs) : notAfterMs;
    if (nowMs > untilMs + GRACE_MS) this.problems.push(`expired: ${what}, ${nowMs - untilMs} ms too late`);
  }

  #learn({ run, epoch, notAfterMs }: Held, nowMs: number): void {
    const known = this.#known.get(run);
    if (known !== undefined && known.epoch > epoch) return;
    this.#known.set(
      run,
      known?.epoch === epoch
        ? { ...known, notAfterMs: Math.max(known.notAfterMs, notAfterMs) }
        : { epoch, notAfterMs, sinceMs: nowMs },
    );
  }

  #ended(said: Readonly<Record<string, unknown>> | undefined): void {
    const { overtaken, expired } = this.#refused;
    const reason = said?.["reason"];
    if (said?.["notTaken"] === "expired") this.#refused = { overtaken, expired: expired + 1 };
    else if (typeof reason === "string" && reason.includes("another coordinator has this run"))
      this.#refused = { overtaken: overtaken + 1, expired };
  }
}

/** Of a workload or an announcement, signed or not; undefined: of anything else. */
function heldIn(body: Buffer): Held | undefined {
  const opened = openEnvelope(body.toString());
  const signed = opened?.ok === true ? opened.value : undefined;
  const json = jsonIn(signed?.body ?? body);
  const said = (json?.["type"] === "epoch" ? json : json?.["task"]) as
    (Partial<Held> & { readonly order?: string }) | undefined;
  const { run, epoch, notAfterMs, order = "run" } = said ?? {};
  if (run === undefined || epoch === undefined || notAfterMs === undefined) return undefined;
  // What starts nothing may come by a word whose time is over.
  const isStart = json?.["type"] !== "epoch" && order === "run";
  const signedUntilMs = isStart ? signed?.plan && planBodyOf(signed.plan)?.notAfterMs : undefined;
  return { run, epoch, notAfterMs, signedUntilMs };
}

function jsonIn(body: Buffer | string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(body.toString()) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}
