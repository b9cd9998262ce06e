import { seeded } from "../../support/random.ts";
import { OPERATORS, type OperatorName } from "./operators.ts";

const HOUR_MS = 3_600_000;

/** What operators say of one run, and when. */
export interface DrawnWords {
  readonly first: OperatorName;
  /** For how long it may go on by the first word; short: that ends while it goes on. */
  readonly lifeMs: number;
  /** The coordinator whose key the first word leaves out. */
  readonly leftOut: number | undefined;
  /** Each further word, where one is needed; the last of them again and again. */
  readonly anew: readonly { readonly by: OperatorName; readonly lifeMs: number }[];
  /** How long whoever is to sign anew takes to notice it. */
  readonly noticedAfterMs: number;
}

/** Half of all runs are signed for longer than they take, and for all coordinators. */
export function drawWords(seed: number, coordinators: number): DrawnWords {
  // Not the schedule's numbers, nor the flow's.
  const random = seeded(seed ^ 0x0a_57_0d_ed);
  const first = random.pick(OPERATORS);
  const isShort = random.chance(40);
  const lifeMs = isShort ? 1000 * random.between(2, 20) : HOUR_MS;
  const leftOut = random.chance(25) ? random.below(coordinators) : undefined;
  const by = random.chance(40) ? OPERATORS.find((name) => name !== first) : undefined;
  const second = { by: by ?? first, lifeMs: random.chance(25) ? 1000 * random.between(2, 15) : HOUR_MS };
  return {
    ...{ first, lifeMs, leftOut, anew: [second, { ...second, lifeMs: HOUR_MS }] },
    noticedAfterMs: random.between(0, 6000),
  };
}
