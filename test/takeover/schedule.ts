import { seeded, type Random } from "../support/random.ts";

/** One thing that goes wrong, and how long until it is whole again. */
export type Fault =
  /** kill -9; another process takes its place. */
  | { readonly kind: "killCoordinator"; readonly coordinator: number; readonly forMs: number }
  /** SIGTERM: it leaves its runs to the others. */
  | { readonly kind: "replaceCoordinator"; readonly coordinator: number; readonly forMs: number }
  | { readonly kind: "pauseCoordinator"; readonly coordinator: number; readonly forMs: number }
  /** Suspended when its next append is in the store, and before it knows: what it does then it does afterwards. */
  | { readonly kind: "pauseAtAppend"; readonly coordinator: number; readonly forMs: number }
  | { readonly kind: "cutStore"; readonly coordinator: number }
  | { readonly kind: "stallStore"; readonly coordinator: number; readonly forMs: number }
  | {
      readonly kind: "slowStore";
      readonly coordinator: number;
      readonly delayMs: number;
      readonly forMs: number;
    }
  | { readonly kind: "killStore"; readonly forMs: number }
  | { readonly kind: "stopStore"; readonly forMs: number }
  | { readonly kind: "pauseStore"; readonly forMs: number }
  /** Its disk has no byte left. */
  | { readonly kind: "fillStore"; readonly forMs: number }
  | { readonly kind: "killServer"; readonly forMs: number }
  | { readonly kind: "pauseServer"; readonly forMs: number }
  | { readonly kind: "killWorker"; readonly worker: number; readonly forMs: number }
  | { readonly kind: "pauseWorker"; readonly worker: number; readonly forMs: number };

export interface TimedFault {
  /** From the start. */
  readonly atMs: number;
  readonly fault: Fault;
}

export interface ScheduleShape {
  readonly coordinators: number;
  readonly workers: number;
  readonly faults: number;
  /** The last fault comes no later. */
  readonly withinMs: number;
}

/** How often each is drawn, compared to the others. */
const WEIGHTS = {
  killCoordinator: 6,
  replaceCoordinator: 2,
  pauseCoordinator: 4,
  pauseAtAppend: 7,
  cutStore: 1,
  stallStore: 2,
  slowStore: 1,
  killStore: 1,
  stopStore: 1,
  pauseStore: 1,
  fillStore: 1,
  killServer: 1,
  pauseServer: 1,
  killWorker: 1,
  pauseWorker: 1,
} as const satisfies Record<Fault["kind"], number>;
const KINDS = Object.entries(WEIGHTS).flatMap(([kind, weight]) =>
  Array.from({ length: weight }, () => kind as Fault["kind"]),
) as [Fault["kind"], ...Fault["kind"][]];

/** The faults of one run in the order of their times. */
export function scheduleFor(seed: number, shape: ScheduleShape): readonly TimedFault[] {
  const random = seeded(seed);
  const timed = Array.from({ length: shape.faults }, () => ({
    atMs: random.between(1000, shape.withinMs),
    fault: draw(random, shape),
  }));
  return timed.sort((a, b) => a.atMs - b.atMs);
}

/** Longer than the lease of 20 s, so that others take the runs over; now and then shorter, so that nobody does. */
function lossMs(random: Random): number {
  return random.chance(75) ? random.between(21_000, 29_000) : random.between(500, 15_000);
}

function draw(random: Random, { coordinators, workers }: ScheduleShape): Fault {
  const kind = random.pick(KINDS);
  const coordinator = random.below(coordinators);
  const worker = random.below(workers);
  switch (kind) {
    case "killCoordinator":
    case "replaceCoordinator":
      return { kind, coordinator, forMs: random.between(200, 10_000) };
    case "pauseCoordinator":
    case "pauseAtAppend":
    case "stallStore":
      return { kind, coordinator, forMs: lossMs(random) };
    case "cutStore":
      return { kind, coordinator };
    case "slowStore":
      return {
        kind,
        coordinator,
        delayMs: random.pick([50, 300, 2000]),
        forMs: random.between(3000, 15_000),
      };
    case "killStore":
    case "stopStore":
    case "pauseStore":
    case "fillStore":
      return { kind, forMs: random.chance(20) ? random.between(15_000, 25_000) : random.between(300, 6000) };
    case "killServer":
      return { kind, forMs: random.between(300, 6000) };
    case "pauseServer":
      return { kind, forMs: lossMs(random) };
    case "killWorker":
      return { kind, worker, forMs: random.between(300, 8000) };
    case "pauseWorker":
      return { kind, worker, forMs: lossMs(random) };
  }
}
