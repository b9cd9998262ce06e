import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isSigned } from "../faults/schedule.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { names } from "../support/site.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { builtPrograms, GUARDS, patchedPrograms } from "./programs.ts";
import { scheduleFor, type TimedFault } from "./schedule.ts";
import { COORDINATORS, takeoverRun, WORKERS, type TakeoverResult } from "./takeover-run.ts";

failOnLeftovers();

/** Set by run.js, which runs this file with other seeds. */
interface Wanted {
  readonly seeds: readonly number[];
  /** Runs side by side under the faults of one seed, and hosts of each. */
  readonly runs: number;
  readonly hosts: number;
  readonly faults: number;
  readonly withinMs: number;
  /** Which seeds are of runs that operators sign; half: half of them, as they draw it. */
  readonly signed: "all" | "half" | "none";
  /** Guards that are taken out: then problems are what is wanted. */
  readonly without: readonly (keyof typeof GUARDS)[];
  readonly keep?: string;
}

const FIXED: Wanted = {
  seeds: [1],
  runs: 3,
  hosts: 5,
  faults: 0,
  withinMs: 2000,
  signed: "all",
  without: [],
};
const wanted =
  process.env["RR_TAKEOVER"] === undefined ? FIXED : (JSON.parse(process.env["RR_TAKEOVER"]) as Wanted);

/** One coordinator is suspended as it has written something down, another one is killed, and so is the store. */
const SAMPLE: readonly TimedFault[] = [
  { atMs: 1500, fault: { kind: "pauseAtAppend", coordinator: 0, forMs: 25_000 } },
  { atMs: 2500, fault: { kind: "killCoordinator", coordinator: 1, forMs: 500 } },
  { atMs: 3500, fault: { kind: "killStore", forMs: 500 } },
];

/** Two of three are suspended, again and again, as they have written down what they are about to do. */
const SUSPENDED: readonly TimedFault[] = [3000, 34_000, 65_000].flatMap((atMs) =>
  [0, 1].map((coordinator) => ({
    atMs: atMs + 500 * coordinator,
    fault: { kind: "pauseAtAppend", coordinator, forMs: 26_000 },
  })),
);

/** For two busy cores, on which the runs may take some minutes. */
const BOUND_MS = 240_000;
const results: TakeoverResult[] = [];

let sshd: Sshd;
let temp: TempDir;
const hosts = names("h", wanted.runs * wanted.hosts);
beforeAll(async () => {
  temp = makeTempDir("patched");
  sshd = await startSshd({ hosts, config: "MaxStartups 1000\nMaxSessions 100" });
});
afterAll(async () => {
  await sshd.stop();
  temp.remove();
  if (wanted !== FIXED) console.log(`TOTAL ${JSON.stringify(total(results))}`);
});

async function run(seed: number, schedule: readonly TimedFault[]): Promise<TakeoverResult> {
  const { runs, withinMs, signed, without, keep } = wanted;
  const patches = without.flatMap((guard) => GUARDS[guard]);
  const result = await takeoverRun({
    ...{ seed, sshd, hosts, runs, withinMs, schedule, delivery: "once", boundMs: BOUND_MS },
    signed: signed === "half" ? isSigned(seed) : signed === "all",
    programs: patches.length === 0 ? builtPrograms() : patchedPrograms(makeTempIn(temp, seed), patches),
    ...(keep === undefined ? {} : { keep }),
  });
  results.push(result);
  if (wanted !== FIXED) console.log(line(result));
  return result;
}

function makeTempIn({ path }: TempDir, seed: number): string {
  return `${path}/${seed}`;
}

const schedule = (seed: number): readonly TimedFault[] =>
  scheduleFor(seed, { ...wanted, coordinators: COORDINATORS, workers: WORKERS });

if (wanted === FIXED) {
  describe("coordinators that die, hang and lose their store", () => {
    it(
      "lose nothing, start nothing twice, and take over in time",
      async () => {
        const result = await run(1, SAMPLE);
        expect(result.problems).toEqual([]);
        expect(result.takeovers).toBeGreaterThan(0);
        expect(result.words.anew).toBeGreaterThan(0);
        expect(result.words.audited).toBeGreaterThan(result.starts);
      },
      2 * BOUND_MS,
    );
  });
} else if (wanted.without.length === 0) {
  describe("everything happens to coordinators at any time", () => {
    it.each(wanted.seeds)(
      "seed %i: every command once, every outcome true, no run left lying",
      async (seed) => {
        expect((await run(seed, schedule(seed))).problems).toEqual([]);
      },
      2 * BOUND_MS,
    );
  });
} else {
  describe("what the suite can see", () => {
    it(
      "without what keeps who has lost a run from starting something",
      async () => {
        for (const seed of wanted.seeds) await run(seed, SUSPENDED);
        expect(results.flatMap(({ problems }) => problems).join("\n")).toMatch(/^(overtaken|expired):/m);
      },
      2 * BOUND_MS * wanted.seeds.length,
    );
  });
}

function line(result: TakeoverResult): string {
  const { seed, runs, words, starts, takeovers, longestMs, refused, outcomes, problems, faults, tookMs } =
    result;
  const ends = Array.from(outcomes, ([outcome, count]) => `${count} ${outcome}`).join(", ");
  const verdict = problems.length === 0 ? "good" : `${problems.length} PROBLEMS`;
  const { anew, byAnother, leftOut } = words;
  const signed = words.signed
    ? `signed, ${anew} anew, ${byAnother} by another, ${leftOut} not for all`
    : "not signed";
  const head = `seed ${seed}: ${verdict}; ${runs} runs, ${signed}, ${faults.length} faults, ${starts} starts, ${takeovers} takeovers, lay ${longestMs} ms at most, refused ${refused.overtaken} overtaken ${refused.expired} expired, ${ends}; ${Math.round(tookMs / 1000)} s`;
  return [head, ...problems.slice(0, 10).map((problem) => `    ${problem}`)].join("\n");
}

function total(all: readonly TakeoverResult[]): object {
  const kinds: Record<string, number> = {};
  const sums = { runs: 0, faults: 0, starts: 0, takeovers: 0, overtaken: 0, expired: 0 };
  const signed = { runs: 0, anew: 0, byAnother: 0, leftOut: 0, audited: 0 };
  for (const { runs, faults, starts, takeovers, refused, words, problems } of all) {
    sums.runs += runs;
    signed.runs += words.signed ? runs : 0;
    signed.anew += words.anew;
    signed.byAnother += words.byAnother;
    signed.leftOut += words.leftOut;
    signed.audited += words.audited;
    sums.faults += faults.length;
    sums.starts += starts;
    sums.takeovers += takeovers;
    sums.overtaken += refused.overtaken;
    sums.expired += refused.expired;
    for (const problem of problems) {
      const kind = problem.split(":")[0] ?? "";
      kinds[kind] = (kinds[kind] ?? 0) + 1;
    }
  }
  const longestMs = Math.max(0, ...all.map((result) => result.longestMs));
  const bad = all.filter(({ problems }) => problems.length > 0).map(({ seed }) => seed);
  return { seeds: all.length, ...sums, signed, longestMs, problems: kinds, bad };
}
