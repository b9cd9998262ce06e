import {
  MAX_SKEW_MS,
  ReplayMemory,
  timeFault,
  type Flooder,
  type MessageSource,
  type MessageTime,
  type ShareBounds,
} from "@roadrunner/core/signing";
import type { Refusal } from "./refusal.ts";

interface Message {
  /** Which no other message has. */
  readonly identity: string;
  readonly time: MessageTime;
  /** Whose it is. */
  readonly from: MessageSource;
  /** What is said where there are too many of that one's. */
  readonly tooMany: (flooder: Flooder, taken: number) => Refusal;
}

/**
 * Takes each message that is signed or sealed once, and within its time. A worker remembers what it has taken for as
 * long as it could be taken again. Of what was made before its start it has no memory, so it takes none of that: the
 * client sends it anew.
 */
export class FreshMessages {
  readonly #taken: ReplayMemory;
  readonly #upMs: () => number;

  /** @param upMs for how long this worker has been up; not by the wall clock, which may be set meanwhile */
  constructor(shares?: ShareBounds, upMs: () => number = upSince(performance.now())) {
    this.#taken = new ReplayMemory(shares);
    this.#upMs = upMs;
  }

  /** Remembers this message; or why it is not taken. */
  take({ identity, time, from, tooMany }: Message, nowMs: number): Refusal | undefined {
    const late = lateFault(time, nowMs);
    if (late !== undefined) return late;
    if (time.issuedMs < nowMs - this.#upMs()) {
      const reason = "it is older than this worker, which cannot tell whether it was taken before";
      return { reason, blame: "submission", notTaken: "older" };
    }
    const seen = this.#taken.take(identity, time.notAfterMs + MAX_SKEW_MS, nowMs, from);
    switch (seen.kind) {
      case "new":
        return undefined;
      case "seen":
        return {
          reason: "replayed: this worker has taken this submission before",
          blame: "submission",
          notTaken: "replayed",
        };
      case "full":
        return tooMany(seen.flooder, seen.taken);
    }
  }
}

/** Why a message is not taken at this time. */
export function lateFault(time: MessageTime, nowMs: number): Refusal | undefined {
  const fault = timeFault(time, nowMs);
  if (fault === undefined) return undefined;
  const { reason, expired } = fault;
  return { reason, blame: "submission", ...(expired === true ? { notTaken: "expired" } : {}) };
}

function upSince(startedMs: number): () => number {
  return () => performance.now() - startedMs;
}
