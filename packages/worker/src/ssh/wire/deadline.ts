import { fail, type Result } from "@roadrunner/core";
import type { TransportProblem } from "../../transport/transport.ts";
import { problem } from "../../transport/problem.ts";

/** The time that reaching a host may take in all, and the signal that stops it early. */
export interface Deadline {
  readonly totalMs: number;
  leftMs(): number;
  isOver(): boolean;
  isAborted(): boolean;
  /** Gives back the time that was spent waiting for ourselves. */
  extendBy(ms: number): void;
  /** Calls back once when the signal fires (soon if it has); returns how to stop listening. */
  onAbort(listener: () => void): () => void;
  /** What the promise resolves to, unless the time is up or the signal fires first. */
  bound<T>(
    promise: Promise<Result<T, TransportProblem>>,
    timedOut: () => TransportProblem,
  ): Promise<Result<T, TransportProblem>>;
  /** Resolves after `ms`, or when the signal fires. */
  pause(ms: number): Promise<void>;
}

export function startDeadline(totalMs: number, signal?: AbortSignal): Deadline {
  let endsAt = performance.now() + totalMs;
  const leftMs = () => Math.max(0, endsAt - performance.now());
  const onAbort = (listener: () => void) => {
    if (signal === undefined) return () => {};
    if (signal.aborted) queueMicrotask(listener);
    else signal.addEventListener("abort", listener, { once: true });
    return () => signal.removeEventListener("abort", listener);
  };
  return {
    totalMs,
    leftMs,
    // A timer of a fraction of a millisecond more fires that much early.
    isOver: () => leftMs() < 2,
    isAborted: () => signal?.aborted === true,
    extendBy(ms) {
      endsAt += ms;
    },
    onAbort,
    async bound(promise, timedOut) {
      let timer: NodeJS.Timeout | undefined;
      let stop = () => {};
      const ended = new Promise<TransportProblem>((resolve) => {
        timer = setTimeout(() => resolve(timedOut()), leftMs());
        stop = onAbort(() => resolve(aborted()));
      });
      try {
        return await Promise.race([promise, ended.then((problem) => fail(problem))]);
      } finally {
        clearTimeout(timer);
        stop();
      }
    },
    pause: (ms) =>
      new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          stop();
          resolve();
        };
        const timer = setTimeout(done, ms);
        const stop = onAbort(done);
      }),
  };
}

export function aborted(): TransportProblem {
  return problem("aborted", "stopped before it was connected");
}
