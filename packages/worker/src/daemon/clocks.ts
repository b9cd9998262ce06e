import { uptime } from "node:os";

/** One moment by the box's three clocks, each in milliseconds from a start of its own. */
export interface Moment {
  /** Goes on evenly, but stands still while the box is suspended. */
  readonly monotonicMs: number;
  /** Time since the boot, suspensions included; undefined where the system does not tell. */
  readonly bootMs: number | undefined;
  /** What the system takes for the time; whoever sets the clock moves it. */
  readonly wallMs: number;
}

export interface Passed {
  /** How long it really was, whatever was done to the clock. */
  readonly ms: number;
  /** The part of it that the box slept through. */
  readonly suspendedMs: number;
}

/** Less is the coarse steps of `/proc/uptime`, and the moments between the readings. */
const LEAST_SUSPENSION_MS = 1000;

export function momentNow(): Moment {
  return { monotonicMs: performance.now(), bootMs: bootMs(), wallMs: Date.now() };
}

/**
 * The time between two moments. A box that was suspended is told from one whose clock was set: a suspension moves the
 * clock since the boot and the wall clock alike, a set clock only the latter, and a container whose uptime is
 * made up for it may see the former jump alone.
 */
export function passedBetween(from: Moment, to: Moment): Passed {
  const awakeMs = to.monotonicMs - from.monotonicMs;
  if (from.bootMs === undefined || to.bootMs === undefined) return { ms: awakeMs, suspendedMs: 0 };
  const gapMs = Math.min(to.bootMs - from.bootMs, to.wallMs - from.wallMs) - awakeMs;
  const suspendedMs = gapMs < LEAST_SUSPENSION_MS ? 0 : gapMs;
  return { ms: awakeMs + suspendedMs, suspendedMs };
}

/** Linux counts suspensions here, and in the clock that Node reads it does not. */
function bootMs(): number | undefined {
  try {
    const seconds = uptime();
    return Number.isFinite(seconds) ? seconds * 1000 : undefined;
  } catch {
    return undefined;
  }
}
