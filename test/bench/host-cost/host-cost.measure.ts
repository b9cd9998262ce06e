import { expect, test } from "vitest";
import { findProgram } from "../../support/programs.ts";
import { rounds } from "../bench-settings.ts";
import { report, type Table } from "../table.ts";
import { spread } from "../spread.ts";
import { costOf } from "./stand.ts";
import { VARIANTS } from "./variants.ts";

/** `RR_BENCH_RUNS`: fewer, for a first look. */
const RUNS = Number(process.env["RR_BENCH_RUNS"] ?? "250");
/** What a run costs differs by hundredths of a millisecond: fewer rounds tell nothing. */
const ROUNDS = Math.max(8, rounds);
/** `RR_BENCH_SHELLS=dash`, `RR_BENCH_PARTS=3`: fewer shells, or the first parts alone, for a figure of its own. */
const SHELLS = (process.env["RR_BENCH_SHELLS"] ?? "dash,bash").split(",");
const PARTS = VARIANTS.slice(0, Number(process.env["RR_BENCH_PARTS"] ?? VARIANTS.length));

interface Cost {
  readonly shell: string;
  readonly variant: string;
  readonly isKept: boolean;
  /** Milliseconds of one run, the mean of a round each. */
  readonly rounds: number[];
}

test("host-cost: what each part of the remote program costs its host", { timeout: 3_600_000 }, async () => {
  const costs = SHELLS.map((shell) =>
    PARTS.map(({ name, kept = false }): Cost => ({ shell, variant: name, isKept: kept, rounds: [] })),
  );
  // In turns, so that a busy moment of the machine meets all alike.
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const ofShell of costs) {
      for (const [index, variant] of PARTS.entries()) {
        const cost = ofShell[index];
        cost?.rounds.push(await costOf(findProgram(cost.shell), variant, RUNS));
      }
    }
  }
  expect(costs.flat().every((cost) => cost.rounds.length === ROUNDS)).toBe(true);
  report("host-cost", costs.map(tableOf), { runs: RUNS, costs: costs.flat() });
});

/** What a run costs, what its last part adds, and the ratio to the bare command. */
function tableOf(costs: readonly Cost[]): Table {
  const spreads = costs.map((cost) => spread(cost.rounds));
  return {
    title: `/bin/sh is ${costs[0]?.shell}`,
    about:
      "Processor time of the whole process tree on the host, user and system, of one run of the command `true`, " +
      `in ms: least and median of ${ROUNDS} rounds of ${RUNS}. Each row has what the row before has, and one part more; in a kept shell after its first task.`,
    columns: ["", "least", "median", "adds (least)", "adds (median)", "× bare"],
    rows: costs.map(({ variant, isKept }, index) => {
      const isSameKind = costs[index - 1]?.isKept === isKept;
      const [of, before, bare] = [spreads[index], isSameKind ? spreads[index - 1] : undefined, spreads[0]];
      const added = (which: "least" | "median"): string =>
        before === undefined ? "" : ((of?.[which] ?? NaN) - before[which]).toFixed(2);
      const ratio = (of?.least ?? NaN) / (bare?.least ?? NaN);
      const least = of?.least.toFixed(2) ?? "";
      return [variant, least, of?.median.toFixed(2) ?? "", added("least"), added("median"), ratio.toFixed(2)];
    }),
  };
}
