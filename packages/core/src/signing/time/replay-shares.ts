/** How much one worker remembers of the messages that it took, and how that is shared out. */
export interface ShareBounds {
  /** What all may fill together, beyond what each is surely given. */
  readonly most: number;
  /** As many of each sender's are taken whatever others send. */
  readonly sure: number;
  /** Senders of one root to whom that much is surely given at a time: they may be many, and are let in by one line. */
  readonly sureSenders: number;
}

/** Some 80 bytes each. A worker runs 250 tasks a second, and each is remembered for 25 minutes at most: a third of it. */
export const WORKER_SHARES: ShareBounds = { most: 1_000_000, sure: 10_000, sureSenders: 20 };

/** How many messages are remembered now. */
export interface Remembered {
  readonly all: number;
  /** Of the root of the sender. */
  readonly ofRoot: number;
  /** Of each sender of that root as many as are surely taken, together. */
  readonly sureOfRoot: number;
  readonly ofSender: number;
}

/** Whose messages are too many. */
export type Flooder = "sender" | "root";

/**
 * Whose messages are too many for one more to be remembered; undefined: it can be. Whoever sends most is refused before
 * memory is full: one sender stops at half of what there is for all, one root at two thirds, and each next one at as
 * much of what is left. So there is room for whoever comes after a flood.
 */
export function flooderOf(
  { all, ofRoot, sureOfRoot, ofSender }: Remembered,
  bounds: ShareBounds,
): Flooder | undefined {
  if (ofSender < bounds.sure && sureOfRoot < bounds.sureSenders * bounds.sure) return undefined;
  const left = bounds.most - all;
  if (ofSender >= left) return "sender";
  return ofRoot >= 2 * left ? "root" : undefined;
}
