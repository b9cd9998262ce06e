import { expect } from "vitest";
import { seeded, type Random } from "../../support/random.ts";

/** Set by run-random.js, which runs these suites with other seeds. */
interface Wanted {
  /** Attacks of all suites together. */
  readonly runs: number;
  readonly firstSeed: number;
  /** This attack alone. */
  readonly seed?: number;
  /** Of this suite alone. */
  readonly only?: string;
}

/** What all suites together do where nothing else is asked for; their shares are parts of it. */
const RUNS = 10_000;
const wanted: Wanted =
  process.env["RR_ATTACKS"] === undefined
    ? { runs: RUNS, firstSeed: 1 }
    : (JSON.parse(process.env["RR_ATTACKS"]) as Wanted);
/** Many attacks may find one fault. */
const MAX_TOLD = process.env["RR_ATTACKS"] === undefined ? 8 : 200;
/** Longer than any bound of ours, on a busy machine: an attack that is not over by then hangs. */
const HANG_MS = 60_000;

/** One attack: what is wrong after it; nothing is good. It draws all that is random from `random`. */
export type Attack = (random: Random, seed: number) => Wrong | Promise<Wrong>;
type Wrong = string | undefined;

/** Seeds of a suite's attacks: its own part of 10,000, or of as many as are asked for. */
export function attacksOf(suite: string, share: number): readonly number[] {
  if (wanted.only !== undefined && wanted.only !== suite) return [];
  if (wanted.seed !== undefined) return [wanted.seed];
  const count = Math.max(1, Math.round((share * wanted.runs) / RUNS));
  return Array.from({ length: count }, (_, index) => wanted.firstSeed + index);
}

/** Time for them all, at the pace of a busy machine. */
export function timeFor(share: number): number {
  return 180_000 + (50 * share * wanted.runs) / RUNS;
}

/** Attacks so often, some at once; gives what is wrong, as `toldOf` tells it. */
export async function attackAll(
  suite: string,
  share: number,
  atOnce: number,
  attack: Attack,
): Promise<readonly string[]> {
  const found = new Map<number, string>();
  const left = attacksOf(suite, share)[Symbol.iterator]();
  const inTurn = async (): Promise<void> => {
    for (const seed of left) {
      const wrong = await inTime(attack, seed);
      if (wrong !== undefined) found.set(seed, wrong);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, inTurn));
  return toldOf(suite, found);
}

/** Each names the seed that replays it: `npm run test:attacks -- --only SUITE --seed N`. */
export function toldOf(suite: string, found: ReadonlyMap<number, string>): readonly string[] {
  const told = Array.from(found, ([seed, wrong]) => `--only ${suite} --seed ${seed}: ${wrong}`);
  const more = told.length > MAX_TOLD ? [`and ${told.length - MAX_TOLD} more`] : [];
  return [...told.slice(0, MAX_TOLD), ...more];
}

/** Attacks that were all refused at the door would prove little: some must have come through, and done no harm. */
export function expectSome(suite: string, share: number, came: number): void {
  const attacks = attacksOf(suite, share).length;
  if (attacks >= 100) expect(came).toBeGreaterThan(attacks / 100);
}

async function inTime(attack: Attack, seed: number): Promise<Wrong> {
  let timer: NodeJS.Timeout | undefined;
  const hangs = new Promise<Wrong>((resolve) => {
    timer = setTimeout(() => resolve(`it hangs: no end after ${HANG_MS} ms`), HANG_MS);
  });
  try {
    return await Promise.race([Promise.resolve(attack(seeded(seed), seed)), hangs]);
  } catch (error) {
    return `it threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  } finally {
    clearTimeout(timer);
  }
}
