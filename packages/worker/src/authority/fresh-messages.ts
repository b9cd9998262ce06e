import { MAX_SKEW_MS, ReplayMemory, timeFault, type MessageTime } from "@roadrunner/core/signing";
import type { Refusal } from "./refusal.ts";

/**
 * Takes each message that is signed or sealed once, and within its time. A worker remembers what it has taken for as
 * long as it could be taken again. Of what was made before its start it has no memory, so it takes none of that: the
 * client sends it anew.
 */
export class FreshMessages {
  readonly #taken = new ReplayMemory();
  readonly #upMs: () => number;

  /** @param upMs for how long this worker has been up; not by the wall clock, which may be set meanwhile */
  constructor(upMs: () => number = upSince(performance.now())) {
    this.#upMs = upMs;
  }

  /**
   * Remembers this message; or why it is not taken.
   * @param identity which no other message has
   */
  take(identity: string, time: MessageTime, nowMs: number): Refusal | undefined {
    const fault = timeFault(time, nowMs);
    if (fault !== undefined) {
      const { reason, expired } = fault;
      return { reason, blame: "submission", ...(expired === true ? { notTaken: "expired" } : {}) };
    }
    if (time.issuedMs < nowMs - this.#upMs()) {
      const reason = "it is older than this worker, which cannot tell whether it was taken before";
      return { reason, blame: "submission", notTaken: "older" };
    }
    switch (this.#taken.take(identity, time.notAfterMs + MAX_SKEW_MS, nowMs)) {
      case "new":
        return undefined;
      case "seen":
        return {
          reason: "replayed: this worker has taken this submission before",
          blame: "submission",
          notTaken: "replayed",
        };
      case "full":
        return { reason: "too many submissions to tell a replay from a new one", blame: "worker" };
    }
  }
}

function upSince(startedMs: number): () => number {
  return () => performance.now() - startedMs;
}
