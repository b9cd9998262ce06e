import type { ChannelEnd, Channel, Lease, TransportProblem } from "../transport/transport.ts";
import { Listening, type StreamName } from "./listening.ts";
import { isSound, type Mark } from "../program/marks.ts";
import type { RemoteProgram } from "../program/program.ts";
import type { Secret } from "./redactor.ts";
import type { CapturedStream } from "../program/remote-task.ts";
import type { StartRefusal } from "./run-request.ts";

/** One channel: exec, hello, body, marks, end. */
export interface VisitRequest {
  readonly lease: Pick<Lease, "exec" | "condemn">;
  readonly program: RemoteProgram;
  readonly nonce: string;
  readonly secrets?: readonly Secret[];
  readonly maxOutputBytes?: number;
  /** For the exec request and the hello together; the program's other words may take four times as long. */
  readonly helloMs: number;
  /** Of a small program, which has to end this soon after its start mark. */
  readonly endMs?: number;
  /** Asked last thing before the body is written; a refusal says why it must not be. */
  readonly beforeBody?: () => StartRefusal | undefined | Promise<StartRefusal | undefined>;
  /** The body is about to be written: from here on it may run. */
  readonly onSend?: () => void;
  /** A mark on stderr. What it returns is written to the program's stdin, as a part that it waits for. */
  readonly onMark?: (mark: Mark) => string | undefined;
  /** sudo asked for its password, by our prompt; the signal tells that it is not needed any more. */
  readonly onPassword?: (signal: AbortSignal) => Promise<void>;
  readonly onOutput?: (stream: StreamName, bytes: Buffer) => void | Promise<void>;
  /** Ends the visit, not the command. */
  readonly signal?: AbortSignal;
}

export interface VisitEnd {
  /**
   * How far it got. Before `sent` nothing of the task is on the host: it cannot have begun.
   * `none`: no exec request was accepted. `asked`: no hello. `greeted`: the body was held back.
   */
  readonly reached: "none" | "asked" | "greeted" | "sent";
  readonly problem?: TransportProblem;
  readonly refusal?: StartRefusal;
  /** A bound that ran out. */
  readonly late?: keyof typeof LATE;
  /** What the host did that none in its right mind does: nothing that it says is believed any more. */
  readonly unruly?: string;
  readonly aborted?: boolean;
  readonly channelEnd?: ChannelEnd;
  /** The channel is closed; else it is only known how its program ended. */
  readonly isClosed?: boolean;
  /** On stderr, in order. */
  readonly marks: readonly Mark[];
  /** What was said before the start mark. */
  readonly noise: string;
  readonly stdout: CapturedStream;
  readonly stderr: CapturedStream;
  /** Both streams were heard to their end marks. */
  readonly complete: boolean;
  /** From the start mark to the end, by the monotonic clock. */
  readonly durationMs?: number;
}

/** What was waited for when a bound ran out. */
export const LATE = {
  hello: "no greeting of the program",
  start: "no start of the program",
  end: "no end of a short program",
  wait: "no word from a program that waits for the record",
} as const;

/** A loaded box may take its time to start what it has got, or to look at a record once more. */
const LONGER = 4;
/** Who waits for a record says so every second, or every five where sleep(1) knows no fractions. */
const MIN_WAIT_MS = 10_000;
/** After the exit status, or after one stream's end mark: a child that holds a stream is not waited for. */
const GRACE_MS = 2000;
/** Nor one that goes on writing. */
const MAX_GRACE_MS = 20_000;
/**
 * A program says a dozen words, outputs of 64 KiB in 52 more, and `wait` again and again, of which the last one counts.
 */
const MAX_MARKS = 128;

/** Runs a remote program in one channel; ends exactly once, in bounded time but while its command runs. */
export async function visit(request: VisitRequest): Promise<VisitEnd> {
  const visitor = new Visitor(request);
  try {
    return await visitor.run();
  } finally {
    visitor.leave();
  }
}

type Stop = Pick<VisitEnd, "problem" | "refusal" | "late" | "aborted" | "channelEnd" | "isClosed" | "unruly">;

class Visitor {
  readonly #request: VisitRequest;
  readonly #listening: Listening;
  readonly #marks: Mark[] = [];
  readonly #stopped: Promise<Stop>;
  readonly #resolve: (stop: Stop) => void;
  readonly #onAbort = (): void => this.#stop({ aborted: true });
  /** While a password is asked for; an AbortController for each task, aborted each time, would show in profiles. */
  #asking: AbortController | undefined;
  #over = false;
  #reached: VisitEnd["reached"] = "none";
  #channel: Channel | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Set when the end is near: what ends the visit once nothing more is heard for a while. */
  #grace: Stop | undefined;
  #graceEndsAt = 0;
  /** Chunks that the caller has not taken yet. */
  #passing = 0;
  #startedAt: number | undefined;
  #endedAt: number | undefined;

  constructor(request: VisitRequest) {
    this.#request = request;
    this.#listening = new Listening(request.nonce, request.secrets ?? [], request.maxOutputBytes ?? 4096);
    let resolve: (stop: Stop) => void = () => {};
    this.#stopped = new Promise((done) => (resolve = done));
    this.#resolve = resolve;
    request.signal?.addEventListener("abort", this.#onAbort);
    if (request.signal?.aborted === true) this.#onAbort();
  }

  async run(): Promise<VisitEnd> {
    if (!this.#over) {
      this.#bound(this.#request.helloMs, { late: "hello" });
      void this.#open();
    }
    const stop = await this.#stopped;
    if (stop.unruly !== undefined) this.#request.lease.condemn(stop.unruly);
    const endedAt = this.#endedAt ?? performance.now();
    const complete = this.#listening.hasEnded("stdout") && this.#listening.hasEnded("stderr");
    for (const stream of ["stdout", "stderr"] as const) {
      await this.#pass(stream, this.#listening.close(stream).output);
    }
    return {
      ...stop,
      reached: this.#reached,
      marks: this.#marks,
      noise: this.#listening.noise(),
      stdout: this.#listening.captured("stdout"),
      stderr: this.#listening.captured("stderr"),
      complete,
      ...(this.#startedAt === undefined ? {} : { durationMs: endedAt - this.#startedAt }),
    };
  }

  leave(): void {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    this.#request.signal?.removeEventListener("abort", this.#onAbort);
    this.#channel?.close();
  }

  async #open(): Promise<void> {
    const channel = await this.#request.lease.exec(this.#request.program.exec);
    if (!channel.ok) return this.#stop({ problem: channel.error });
    if (this.#over) return channel.value.close();
    this.#channel = channel.value;
    this.#reached = "asked";
    channel.value.onData((stream, chunk) => this.#hear(stream, chunk));
    void channel.value.ended.then((channelEnd) => {
      const unruly = channelEnd.kind === "lost" && channelEnd.unruly === true;
      this.#stop({ channelEnd, isClosed: true, ...(unruly ? { unruly: channelEnd.message } : {}) });
    });
    void channel.value.exited.then((channelEnd) => {
      // Before the body it says nothing: setsid may have left a child that goes on.
      if (this.#reached === "sent") this.#endSoon({ channelEnd });
    });
    if (this.#request.program.isAtOnce === true) await this.#send();
    else await channel.value.write(this.#request.program.hello);
  }

  #hear(stream: StreamName, chunk: Buffer): void | Promise<void> {
    if (this.#over) return;
    const heard = this.#listening.hear(stream, chunk);
    if (stream === "stderr") for (const mark of heard.marks) this.#mark(mark);
    const complete = this.#listening.hasEnded("stdout") && this.#listening.hasEnded("stderr");
    // The other stream's end mark follows, unless its relay was killed.
    const near = !complete && this.#listening.hasEnded("stderr");
    if (this.#grace !== undefined || near) this.#endSoon(this.#grace ?? {});
    const passed = this.#pass(stream, heard.output);
    if (passed === undefined) {
      if (complete) this.#stop({});
      return;
    }
    this.#passing += 1;
    return passed.then(() => {
      this.#passing -= 1;
      if (complete) this.#stop({});
    });
  }

  #pass(stream: StreamName, bytes: Buffer): Promise<void> | undefined {
    if (bytes.length === 0) return undefined;
    return this.#request.onOutput?.(stream, bytes) ?? undefined;
  }

  #mark(mark: Mark): void {
    if (this.#over) return;
    if (!isSound(mark)) return this.#stop({ unruly: "it sent words that Roadrunner's program never sends" });
    if (!this.#keep(mark))
      return this.#stop({ unruly: `it said more than ${MAX_MARKS} words of Roadrunner's program` });
    const { endMs } = this.#request;
    if (endMs === undefined && (mark.word === "exists" || mark.word === "wait")) {
      this.#bound(Math.max(MIN_WAIT_MS, LONGER * this.#request.helloMs), { late: "wait" });
    }
    const step = this.#request.program.steps?.[mark.word];
    if (step !== undefined) void this.#channel?.write(step);
    if (mark.word === "password") {
      this.#asking ??= new AbortController();
      void this.#request.onPassword?.(this.#asking.signal);
    }
    if (mark.word === "hello" && this.#reached === "asked") {
      this.#reached = "greeted";
      this.#asking?.abort();
      clearTimeout(this.#timer);
      void this.#send();
    }
    if (mark.word === "start" && this.#startedAt === undefined) {
      this.#startedAt = performance.now();
      clearTimeout(this.#timer);
      if (endMs !== undefined) this.#bound(endMs, { late: "end" });
    }
    if (mark.word === "end" && this.#startedAt !== undefined) this.#endedAt = performance.now();
    const more = this.#request.onMark?.(mark);
    if (more !== undefined) void this.#channel?.write(more);
  }

  /** False: there are too many. */
  #keep(mark: Mark): boolean {
    if (mark.word === "wait" && this.#marks.at(-1)?.word === "wait") this.#marks.pop();
    this.#marks.push(mark);
    return this.#marks.length <= MAX_MARKS;
  }

  async #send(): Promise<void> {
    const refusal = await this.#request.beforeBody?.();
    if (refusal !== undefined) return this.#stop({ refusal });
    if (this.#over) return;
    const { program, helloMs } = this.#request;
    this.#reached = "sent";
    this.#request.onSend?.();
    this.#bound(program.isAtOnce === true ? helloMs : LONGER * helloMs, { late: "start" });
    await this.#channel?.write(program.isAtOnce === true ? program.hello + program.body : program.body);
  }

  #bound(ms: number, stop: Stop): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#stop(stop), ms);
  }

  /** Ends the visit when nothing was heard for a while, or too much; what the caller holds back does not count. */
  #endSoon(stop: Stop): void {
    // The exit status may come when the visit has ended: a timer then would hold the process up.
    if (this.#over) return;
    const now = performance.now();
    if (this.#grace === undefined) this.#graceEndsAt = now + MAX_GRACE_MS;
    this.#grace = stop;
    clearTimeout(this.#timer);
    const leftMs = Math.min(GRACE_MS, Math.max(0, this.#graceEndsAt - now));
    this.#timer = setTimeout(() => {
      if (this.#passing === 0) return this.#stop(stop);
      this.#graceEndsAt += GRACE_MS;
      this.#endSoon(stop);
    }, leftMs);
  }

  #stop(stop: Stop): void {
    if (this.#over) return;
    this.#over = true;
    this.#resolve(stop);
  }
}
