import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { names } from "../support/site.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";
import { outputsIn } from "./carry.ts";
import { attemptKey } from "./check-hosts.ts";
import { containersOf, faultRun, WORKERS, type FaultRunOptions, type FaultRunResult } from "./fault-run.ts";
import type { FaultSite } from "./fault-site.ts";
import { isSigned, scheduleFor } from "./schedule.ts";

failOnLeftovers();

/** Set by run.js, which runs this file with other seeds. */
interface Wanted {
  readonly seeds: readonly number[];
  readonly hosts: number;
  readonly faults: number;
  readonly withinMs: number;
  readonly repeatable: boolean;
  /** Which seeds are of runs that an operator signs; half: half of them, as they draw it. */
  readonly signed: "all" | "half" | "none";
  readonly keep?: string;
}

const FIXED: Wanted = {
  seeds: [80],
  hosts: 14,
  faults: 8,
  withinMs: 5000,
  repeatable: false,
  signed: "half",
};
const wanted =
  process.env["RR_FAULTS"] === undefined ? FIXED : (JSON.parse(process.env["RR_FAULTS"]) as Wanted);

/** For two busy cores, on which a run of a few seconds may take a minute. */
const BOUND_MS = 150_000;
const hosts = names("h", wanted.hosts);
const results: FaultRunResult[] = [];

let sshd: Sshd;
beforeAll(async () => {
  sshd = await startSshd({ hosts, config: "MaxStartups 1000\nMaxSessions 100" });
});
afterAll(async () => {
  await sshd.stop();
  if (wanted !== FIXED) console.log(`TOTAL ${JSON.stringify(total(results))}`);
});

const run = (seed: number, delivery: "once" | "repeatable", schedule: FaultRunOptions["schedule"]) =>
  faultRun({
    seed,
    sshd,
    hosts,
    delivery,
    schedule,
    signed: wanted.signed === "half" ? isSigned(seed) : wanted.signed === "all",
    boundMs: BOUND_MS,
    ...(wanted.keep === undefined ? {} : { keep: wanted.keep }),
  });

/** Often enough that a command which runs meets one of them. */
const CUTS = 3;

/** While something runs, every worker loses its job server, which gives what runs there to the others. */
async function cutWhatRuns(site: FaultSite, over: AbortSignal): Promise<void> {
  for (let cuts = 0; cuts < CUTS && !over.aborted; await sleep(50)) {
    if (!Array.from(site.logs().values()).some((lines) => lines.at(-1)?.kind === "start")) continue;
    for (let worker = 0; worker < WORKERS; worker += 1)
      site.apply({ kind: "cutLink", link: `worker${worker}` });
    cuts += 1;
    await sleep(1000);
  }
}

/**
 * Each container that runs something of which rr-submit has shown output loses that while every worker loses its job
 * server: others are given it.
 *
 * @param lost gets the hosts whose containers did
 */
function loseWhatRuns(kind: "renewHost" | "forgetRecords", lost: Set<string>): FaultRunOptions["schedule"] {
  return async (site, over) => {
    while (!over.aborted && lost.size < containersOf(hosts.length)) {
      const shown = outputsIn(site.submit?.stdout() ?? "").map(
        ({ host, job, attempt }) => `${host} ${attemptKey(job, attempt)}`,
      );
      const runs = (host: string): boolean => {
        const last = site.logs().get(host)?.at(-1);
        if (last?.kind !== "start" || lost.has(host)) return false;
        return shown.includes(`${host} ${attemptKey(last.job, last.attempt)}`);
      };
      const container = hosts.slice(0, containersOf(hosts.length)).findIndex(runs);
      if (container >= 0) {
        lost.add(hosts[container] ?? "");
        site.apply({ kind, container });
        for (let worker = 0; worker < WORKERS; worker += 1)
          site.apply({ kind: "cutLink", link: `worker${worker}` });
        site.apply({ kind: "cutLink", link: "ssh" });
      }
      await sleep(50);
    }
  };
}

const random = async (seed: number): Promise<FaultRunResult> => {
  const { faults, withinMs, repeatable } = wanted;
  const schedule = scheduleFor(seed, {
    ...{ workers: WORKERS, hosts: hosts.length, containers: containersOf(hosts.length) },
    ...{ faults, withinMs },
  });
  const result = await run(seed, repeatable ? "repeatable" : "once", schedule);
  results.push(result);
  if (wanted !== FIXED) console.log(line(result));
  return result;
};

if (wanted.repeatable) {
  describe("what the suite can see", () => {
    it(
      "repeatable: random faults make commands start twice",
      async () => {
        for (const seed of wanted.seeds) await random(seed);
        expect(results.flatMap(({ problems }) => problems).join("\n")).toContain("double start");
      },
      2 * BOUND_MS * wanted.seeds.length,
    );
  });
} else {
  describe("everything dies at any time", () => {
    it.each(wanted.seeds)(
      "seed %i: every command once, every outcome true, an end in time",
      async (seed) => {
        expect((await random(seed)).problems).toEqual([]);
      },
      2 * BOUND_MS,
    );
  });
}

if (wanted === FIXED) {
  describe("what was heard to start, and then lost its record", () => {
    it.each(["renewHost", "forgetRecords"] as const)(
      "starts no second time: %s",
      async (kind) => {
        const lost = new Set<string>();
        expect((await run(3, "once", loseWhatRuns(kind, lost))).problems).toEqual([]);
        expect(lost.size).toBeGreaterThan(2);
      },
      2 * BOUND_MS,
    );
  });

  describe("what the suite can see", () => {
    it(
      "repeatable: faults of the same kinds make commands start twice",
      async () => {
        const { problems } = await run(3, "repeatable", cutWhatRuns);
        expect(problems.join("\n")).toContain("double start");
      },
      2 * BOUND_MS,
    );
  });
}

function line(result: FaultRunResult): string {
  const { seed, starts, unheardAgain, undone, holds, rounds, counts, problems, tookMs } = result;
  const outcomes = Array.from(counts, ([outcome, count]) => `${count} ${outcome}`).join(", ");
  const verdict = problems.length === 0 ? "good" : `${problems.length} PROBLEMS`;
  const head = `seed ${seed}: ${verdict}; ${starts} starts, ${unheardAgain} again unheard, ${undone} undone, ${holds} holds, ${rounds} rounds, ${outcomes}; ${Math.round(tookMs / 1000)} s`;
  return [head, ...problems.slice(0, 10).map((problem) => `    ${problem}`)].join("\n");
}

function total(all: readonly FaultRunResult[]): object {
  const kinds: Record<string, number> = {};
  const outcomes: Record<string, number> = {};
  let starts = 0;
  let rounds = 0;
  let undone = 0;
  let holds = 0;
  for (const result of all) {
    starts += result.starts;
    rounds += result.rounds;
    undone += result.undone;
    holds += result.holds;
    for (const [outcome, count] of result.counts) outcomes[outcome] = (outcomes[outcome] ?? 0) + count;
    for (const problem of result.problems) {
      const kind = problem.split(":")[0] ?? "";
      kinds[kind] = (kinds[kind] ?? 0) + 1;
    }
  }
  const bad = all.filter(({ problems }) => problems.length > 0).map(({ seed }) => seed);
  return { runs: all.length, starts, undone, holds, rounds, outcomes, problems: kinds, bad };
}
