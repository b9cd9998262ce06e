import { defined } from "@roadrunner/core";
import type { StartRefusal } from "../../visit/run-request.ts";
import { BySayer } from "./by-sayer.ts";

/** What a workload, a question or an announcement says of the run's owner. */
export interface Held {
  readonly run: string;
  readonly epoch?: number | undefined;
  readonly notAfterMs?: number | undefined;
}

interface Known {
  readonly epoch: number;
  /** The latest one of this epoch; absent: no end was told. */
  readonly notAfterMs?: number;
}

/** How many runs of one signer are kept: more than are carried at a time by far. The ones heard of longest ago go first. */
const MAX_RUNS = 10_000;
/** Without an epoch a run has had one owner, who comes before all. */
const NONE = 0;

/**
 * Whose runs are, as far as this worker has heard: of each the highest epoch, and until when it is surely that owner's.
 * Who may sign for a run may announce an epoch of it, and it counts for what is signed with the same key alone.
 */
export class Epochs {
  readonly #known = new BySayer<Map<string, Known>>();

  /**
   * Learns from what is believed to be `signer`'s.
   * @param signer see `ownerOf`; without signatures all are one's
   * @param person see `personOf`
   * @returns whether the run has a new owner by this
   */
  learn({ run, epoch, notAfterMs }: Held, signer = "", person = signer): boolean {
    const own = this.#known.get(signer) ?? new Map<string, Known>();
    const before = own.get(run);
    if (epoch === undefined || epoch < (before?.epoch ?? NONE)) return false;
    this.#known.set(signer, person, own);
    const isNew = before?.epoch !== epoch;
    own.delete(run);
    own.set(run, {
      epoch,
      ...defined({ notAfterMs: isNew ? notAfterMs : later(before.notAfterMs, notAfterMs) }),
    });
    for (const oldest of own.keys()) {
      if (own.size <= MAX_RUNS) break;
      own.delete(oldest);
    }
    return isNew && before !== undefined;
  }

  /** Why nothing is done any more for who asks this: the run has got another owner. */
  overtaken({ run, epoch = NONE }: Held, signer = ""): StartRefusal | undefined {
    const newest = this.#known.get(signer)?.get(run)?.epoch ?? NONE;
    if (epoch >= newest) return undefined;
    const own = epoch === NONE ? "none" : String(epoch);
    return {
      outcome: "refused",
      reason: `not done: another coordinator has this run by now, in epoch ${newest}; who asked has epoch ${own}`,
    };
  }

  /**
   * Why nothing may be begun for who asks this: the run has another owner, or may have one by now.
   * @param nowMs the worker's clock, milliseconds since 1970
   */
  refusal(held: Held, signer: string | undefined, nowMs: number): StartRefusal | undefined {
    const overtaken = this.overtaken(held, signer);
    if (overtaken !== undefined || held.notAfterMs === undefined) return overtaken;
    const known = this.#known.get(signer ?? "")?.get(held.run);
    const untilMs = known?.epoch === held.epoch ? later(known?.notAfterMs, held.notAfterMs) : held.notAfterMs;
    if (untilMs === undefined || nowMs <= untilMs) return undefined;
    const seconds = Math.ceil((nowMs - untilMs) / 1000);
    return {
      outcome: "refused",
      reason: `not done: the run was surely its coordinator's until ${seconds} s ago, by this worker's clock`,
      notTaken: "expired",
      clockMs: nowMs,
    };
  }
}

/** Undefined is never. */
function later(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : Math.max(one, other);
}
