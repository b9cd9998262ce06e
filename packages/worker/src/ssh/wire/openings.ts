import { fail, type Result } from "@roadrunner/core";
import type { TransportProblem, WorkerPart } from "../../transport/transport.ts";
import type { Deadline } from "./deadline.ts";

/** How long a failure that comes at once waits for what other hosts show that are being reached. */
const OTHERS_MS = 3000;

/** One try to connect, and what others show in the same time. */
export interface Opening {
  /** Call it exactly once; `shown`: what of this worker is in order, since the host was reached by it. */
  end(shown: readonly WorkerPart[]): void;
  /** Whether another host showed this since the try began, or one that is being reached does so in time. */
  othersShow(kind: WorkerPart, withinMs: number): Promise<boolean>;
}

interface Seen {
  readonly door: string;
  readonly at: number;
}

interface InFlight {
  readonly door: string;
  readonly ended: Promise<readonly WorkerPart[]>;
}

/**
 * What the worker's connections to different hosts tell of each other: what goes wrong with one host, while another
 * is reached by the same means, is no fault of the worker.
 */
export class Openings {
  readonly #inFlight = new Set<InFlight>();
  /** The last two hosts that showed each kind: one of them is another than the one that asks. */
  readonly #seen = new Map<WorkerPart, readonly Seen[]>();

  /**
   * Connects by `connect`, which is given a list to fill with what of this worker turns out to be in order, and blames
   * the host where others show that the worker is.
   */
  async judge<T>(
    door: string,
    deadline: Deadline,
    connect: (shown: WorkerPart[]) => Promise<Result<T, TransportProblem>>,
  ): Promise<Result<T, TransportProblem>> {
    const opening = this.begin(door);
    const shown: WorkerPart[] = [];
    const result = await connect(shown);
    opening.end(shown);
    if (result.ok || result.error.unless === undefined || deadline.isAborted()) return result;
    const isOthers = await opening.othersShow(result.error.unless, Math.min(OTHERS_MS, deadline.leftMs()));
    return isOthers ? fail(ofThisHost(result.error)) : result;
  }

  /** `door`: tells hosts apart. */
  begin(door: string): Opening {
    const startedAt = performance.now();
    let end: (shown: readonly WorkerPart[]) => void = () => {};
    const ended = new Promise<readonly WorkerPart[]>((resolve) => {
      end = resolve;
    });
    const one: InFlight = { door, ended };
    this.#inFlight.add(one);
    return {
      end: (shown) => {
        this.#inFlight.delete(one);
        for (const kind of shown) this.#note(kind, door);
        end(shown);
      },
      othersShow: async (kind, withinMs) => {
        const isShown = this.#seen.get(kind)?.some((seen) => seen.door !== door && seen.at >= startedAt);
        const others = Array.from(this.#inFlight).filter((other) => other.door !== door);
        return isShown === true || (await anyShows(others, kind, withinMs));
      },
    };
  }

  #note(kind: WorkerPart, door: string): void {
    const others = (this.#seen.get(kind) ?? []).filter((seen) => seen.door !== door);
    this.#seen.set(kind, [{ door, at: performance.now() }, ...others].slice(0, 2));
  }
}

function anyShows(others: readonly InFlight[], kind: WorkerPart, withinMs: number): Promise<boolean> {
  if (others.length === 0) return Promise.resolve(false);
  return new Promise((resolve) => {
    const settle = (shown: boolean) => {
      clearTimeout(timer);
      resolve(shown);
    };
    const timer = setTimeout(settle, withinMs, false);
    let left = others.length;
    for (const { ended } of others)
      void ended.then((shown) => {
        left -= 1;
        if (shown.includes(kind) || left === 0) settle(shown.includes(kind));
      });
  });
}

function ofThisHost(error: TransportProblem): TransportProblem {
  const { unless: _unless, ...rest } = error;
  return {
    ...rest,
    blame: "host",
    message: `${error.message} (this worker reaches other hosts, so it is about this one)`,
  };
}
