import { types, type Packet } from "gearman-packet";
import type { Connection } from "../connection/connection.ts";
import type { Assignment, GrabbedJob } from "./assignment.ts";
import { Expectation } from "../connection/expectation.ts";
import { withoutPrefix } from "../names.ts";
import { readBody } from "../packets/read-body.ts";
import type { ServerAddress } from "../connection/server-address.ts";

export interface WorkerSessionEvents {
  /** The head of an assignment: from now on the job server counts it as running here. */
  onAssigning(): void;
  /** Its workload is there too; not called where the connection goes before. */
  onAssigned(assignment: Assignment): void;
  onNoJob(): void;
  onNoop(): void;
}

export interface Answer {
  readonly job: GrabbedJob;
  readonly body: Buffer;
  /** What to do where it did not reach the job server, if the result says so itself. */
  readonly undeliverable?: (() => void) | undefined;
}

export interface WorkerSessionLimits {
  readonly maxWorkloadBytes: number;
  /** How long the job server may take to answer a grab or an ECHO_REQ. */
  readonly answerTimeoutMs: number;
}

const NO_BODY = Buffer.alloc(0);

/** The worker's side of one connection: what is sent on it, and what of that the job server is known to have. */
export class WorkerSession {
  readonly #connection: Connection;
  readonly #maxWorkloadBytes: number;
  readonly #events: WorkerSessionEvents;
  #alive = true;
  /**
   * Results that were written and whose arrival nothing proves yet. The job server takes the packets of one
   * connection in order, so its answer to a GRAB_JOB or ECHO_REQ proves all that was written before.
   */
  readonly #unproved: Answer[] = [];
  /** Of all that were written on this connection. */
  #written = 0;
  #writtenBeforeGrab = 0;
  #grabbing = false;
  #grabPacket: "GRAB_JOB_UNIQ" | "GRAB_JOB" = "GRAB_JOB_UNIQ";
  #grabAnswered = false;
  /** Settle with false when the connection goes: an ECHO_REQ's answer then never comes. */
  readonly #sending = new Set<(sent: boolean) => void>();
  /** Wait for the ECHO_REQ that is to follow the one under way. */
  readonly #toFlush: ((arrived: boolean) => void)[] = [];
  #flushing = false;
  readonly #grabOwed: Expectation;
  readonly #echoOwed: Expectation;

  constructor(connection: Connection, limits: WorkerSessionLimits, events: WorkerSessionEvents) {
    this.#connection = connection;
    this.#maxWorkloadBytes = limits.maxWorkloadBytes;
    this.#grabOwed = new Expectation(connection, "answer to a grab", limits.answerTimeoutMs);
    this.#echoOwed = new Expectation(connection, "answer to an ECHO_REQ", limits.answerTimeoutMs);
    this.#events = events;
    const { packets } = connection.protocol;
    packets.accept("JOB_ASSIGN_UNIQ", (packet) => this.#onAssign(packet));
    packets.accept("JOB_ASSIGN", (packet) => this.#onAssign(packet));
    packets.accept("NO_JOB", () => {
      if (this.#endGrab()) events.onNoJob();
    });
    packets.accept("NOOP", () => {
      if (this.#alive) events.onNoop();
    });
  }

  get alive(): boolean {
    return this.#alive;
  }

  get server(): ServerAddress {
    return this.#connection.server;
  }

  get #prefix(): string {
    return this.#connection.server.functionPrefix ?? "";
  }

  announce(clientId: string, functionNames: Iterable<string>): void {
    this.#connection.send(types.SET_CLIENT_ID, [clientId]);
    for (const name of functionNames) this.#connection.send(types.CAN_DO, [this.#prefix + name]);
  }

  grab(): void {
    this.#grabbing = true;
    this.#writtenBeforeGrab = this.#written;
    this.#grabOwed.begin();
    this.#connection.send(types[this.#grabPacket], []);
  }

  /**
   * Takes an ERROR packet; false where it has nothing to do with grabbing. Before the first answer to a grab it
   * means that the server does not know the packet, as the Perl server does not know GRAB_JOB_UNIQ: then the older
   * one, which brings no unique, has to do.
   */
  takeServerError(text: string): boolean {
    if (!this.#alive || !this.#grabbing || this.#grabAnswered) return false;
    if (this.#grabPacket === "GRAB_JOB") this.#connection.destroy(`it hands out no jobs: ${text}`);
    else {
      this.#grabPacket = "GRAB_JOB";
      this.#connection.send(types.GRAB_JOB, []);
    }
    return true;
  }

  preSleep(): void {
    this.#connection.send(types.PRE_SLEEP, []);
  }

  /** For who submitted the job and reads no progress of ours: so many parts of so many are done. */
  sendStatus(handle: string, done: number, all: number): void {
    if (this.#alive) this.#connection.send(types.WORK_STATUS, [handle, String(done), String(all)]);
  }

  sendData(handle: string, chunk: Buffer): Promise<boolean> {
    if (!this.#alive) return Promise.resolve(false);
    return new Promise((resolve) => {
      const settle = (sent: boolean) => {
        this.#sending.delete(settle);
        resolve(sent);
      };
      this.#sending.add(settle);
      this.#connection.send(types.WORK_DATA, [handle], chunk, settle);
    });
  }

  /** False: the connection is gone, and nothing was sent. */
  complete(answer: Answer): boolean {
    if (!this.#alive) return false;
    this.#unproved.push(answer);
    this.#written += 1;
    this.#connection.send(types.WORK_COMPLETE, [answer.job.handle], answer.body);
    return true;
  }

  /**
   * Resolves with true when the job server has all that was written until now; with false when the connection is
   * gone. One ECHO_REQ at a time is under way; whoever asks meanwhile shares the next.
   */
  flush(): Promise<boolean> {
    if (!this.#alive) return Promise.resolve(false);
    return new Promise((resolve) => {
      const settle = (arrived: boolean) => {
        this.#sending.delete(settle);
        resolve(arrived);
      };
      this.#sending.add(settle);
      this.#toFlush.push(settle);
      if (this.#flushing) return;
      this.#flushing = true;
      this.#echo();
    });
  }

  /** The connection is gone. Returns the results of which nobody knows whether they arrived. */
  end(): readonly Answer[] {
    this.#alive = false;
    this.#grabOwed.end();
    this.#echoOwed.end();
    for (const settle of this.#sending) settle(false);
    return this.#unproved.splice(0);
  }

  #onAssign(packet: Packet): void {
    const { body } = packet;
    if (!this.#endGrab()) {
      body?.resume();
      // There may be no place for it, and only a lost connection makes the server take it back.
      this.#connection.destroy("it assigned a job that was not asked for");
      return;
    }
    this.#events.onAssigning();
    const workloadBytes = body?.length ?? 0;
    const whole = (workload: Buffer) => {
      if (!this.#alive) return;
      const { job: handle = "", function: assigned = "", uniqueid: unique = "" } = packet.args;
      this.#events.onAssigned({
        handle,
        functionName: withoutPrefix(assigned, this.#prefix) ?? assigned,
        unique,
        ...withoutStray(unique, workload, workloadBytes),
      });
    };
    if (body === undefined) whole(NO_BODY);
    else if (workloadBytes <= this.#maxWorkloadBytes) readBody(body, whole);
    // Dropped, but to its end: gearmand fails other jobs where one is completed whose workload it still sends.
    else body.once("end", () => whole(NO_BODY)).resume();
  }

  /** False where no grab was under way. */
  #endGrab(): boolean {
    if (!this.#alive || !this.#grabbing) return false;
    this.#grabbing = false;
    this.#grabOwed.end();
    this.#grabAnswered = true;
    this.#prove(this.#writtenBeforeGrab);
    return true;
  }

  #echo(): void {
    const flushed = this.#toFlush.splice(0);
    const written = this.#written;
    this.#connection.gather();
    this.#echoOwed.begin();
    this.#connection.roundTrip(() => {
      if (!this.#alive) return;
      this.#echoOwed.end();
      this.#prove(written);
      for (const settle of flushed) settle(true);
      if (this.#toFlush.length > 0) this.#echo();
      else this.#flushing = false;
    });
  }

  /** @param written how many results had been written when it was sent what the job server answers now */
  #prove(written: number): void {
    const proved = this.#written - this.#unproved.length;
    this.#unproved.splice(0, Math.max(0, written - proved));
  }
}

/** gearmand cuts a unique of 64 bytes by one, whose place a NUL takes in front of the workload. */
const CUT_UNIQUE_BYTES = 63;

function withoutStray(
  unique: string,
  workload: Buffer,
  workloadBytes: number,
): Pick<Assignment, "workload" | "workloadBytes"> {
  if (workload[0] !== 0 || Buffer.byteLength(unique) !== CUT_UNIQUE_BYTES) return { workload, workloadBytes };
  return { workload: workload.subarray(1), workloadBytes: workloadBytes - 1 };
}
