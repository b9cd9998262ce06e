import { setMaxListeners } from "node:events";
import { cpSync, lstatSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { seeded } from "../support/random.ts";
import type { Sshd } from "../support/sshd.ts";
import { until } from "../support/until.ts";
import { checkTakeover, type NumberedEvent } from "./check-takeover.ts";
import type { Refused } from "./epoch-watch.ts";
import { HandedOver } from "./handed-over.ts";
import { LeaseWatch } from "./lease-watch.ts";
import type { TimedFault } from "./schedule.ts";
import { TakeoverSite, type Programs } from "./takeover-site.ts";

export interface TakeoverOptions {
  readonly seed: number;
  readonly sshd: Sshd;
  /** All of them; each run has as many of its own. */
  readonly hosts: readonly string[];
  /** Side by side, each with a flow of its own. */
  readonly runs: number;
  readonly delivery: "once" | "repeatable";
  readonly schedule: readonly TimedFault[];
  /** The last run is handed over before half of this is over. */
  readonly withinMs: number;
  /** From the last fault's end on the runs have so long for their verdicts. */
  readonly boundMs: number;
  readonly programs: Programs;
  /** Where the hosts' files, events and logs of a seed with problems are kept. */
  readonly keep?: string;
}

export interface TakeoverResult {
  readonly seed: number;
  readonly runs: number;
  readonly problems: readonly string[];
  readonly starts: number;
  readonly outcomes: ReadonlyMap<string, number>;
  readonly takeovers: number;
  /** The longest that a run lay with its lease over, while somebody could have taken it. */
  readonly longestMs: number;
  readonly refused: Refused;
  readonly faults: readonly string[];
  readonly tookMs: number;
}

export const COORDINATORS = 3;
export const WORKERS = 2;
/** The lease is 20 s, and 30 s after the loss somebody else has the run. */
const TAKEN_WITHIN_MS = 10_000;
/** What hosts still run when the workers have gone: a waiter says its word once a second. */
const LEAVE_MS = 20_000;

/** Some runs side by side, carried by coordinators to whom things happen; held to what the hosts wrote. */
export async function takeoverRun(options: TakeoverOptions): Promise<TakeoverResult> {
  const { seed, sshd, hosts, programs } = options;
  const began = performance.now();
  const site = await TakeoverSite.start({
    ...{ sshd, hosts, programs, coordinators: COORDINATORS, workers: WORKERS },
  });
  try {
    const watch = new LeaseWatch(site, TAKEN_WITHIN_MS);
    const over = new AbortController();
    const tooLong = new AbortController();
    // Each of the runs waits for it.
    setMaxListeners(0, tooLong.signal);
    const faults = inject(site, options.schedule, over.signal).then(async (done) => {
      await sleep(options.boundMs, undefined, { signal: over.signal }).catch(() => {});
      if (!over.signal.aborted) tooLong.abort();
      return done;
    });
    const handed = await carryAll(site, options, tooLong.signal);
    over.abort();
    const done = await faults;
    const watched = await watch.end();
    const left = await leave(site, sshd);
    const results = await Promise.all(handed.map((run) => checked(site, run)));
    const problems = [
      ...watched.late,
      ...site.watches.flatMap((watch) => watch.problems),
      ...results.flatMap((result) => result.problems),
      ...left.map((process) => `left: a process still runs: ${process}`),
    ];
    if (problems.length > 0) keep(options, site, results, { problems, done });
    return {
      ...{ seed, runs: handed.length, problems, faults: done },
      ...{ takeovers: watched.takeovers, longestMs: watched.longestMs, refused: site.refused() },
      starts: results.reduce((sum, { starts }) => sum + starts, 0),
      outcomes: summed(results.map(({ counts }) => counts)),
      tookMs: Math.round(performance.now() - began),
    };
  } finally {
    await site.stop();
  }
}

async function carryAll(
  site: TakeoverSite,
  { seed, hosts, runs, delivery, withinMs }: TakeoverOptions,
  signal: AbortSignal,
): Promise<readonly HandedOver[]> {
  // Not the schedule's numbers.
  const random = seeded(seed ^ 0x0a11_0e45);
  const each = Math.floor(hosts.length / runs);
  const all = Array.from({ length: runs }, (_, index) => ({
    own: hosts.slice(index * each, (index + 1) * each),
    // The first one is there when the first fault comes.
    afterMs: index === 0 ? 0 : random.below(withinMs / 2),
    flow: seed * 100 + index,
  }));
  return Promise.all(
    all.map(async ({ own, afterMs, flow }) => {
      await sleep(afterMs);
      const run = new HandedOver(site, flow, own, delivery);
      await run.carried(signal);
      return run;
    }),
  );
}

/** What came to be done, and when. */
async function inject(
  site: TakeoverSite,
  schedule: readonly TimedFault[],
  over: AbortSignal,
): Promise<readonly string[]> {
  const began = performance.now();
  const done: string[] = [];
  for (const { atMs, fault } of schedule) {
    const waitMs = Math.max(0, atMs - (performance.now() - began));
    await sleep(waitMs, undefined, { signal: over }).catch(() => {});
    if (over.aborted) break;
    const what = site.apply(fault);
    if (what !== undefined) done.push(`${Math.round(atMs / 100) / 10} s ${JSON.stringify(what)}`);
  }
  await site.healed();
  return done;
}

interface CheckedRun {
  readonly run: HandedOver;
  readonly events: readonly NumberedEvent[];
  readonly problems: readonly string[];
  readonly starts: number;
  readonly counts: ReadonlyMap<string, number>;
}

async function checked(site: TakeoverSite, run: HandedOver): Promise<CheckedRun> {
  const nothing = { run, events: [], starts: 0, counts: new Map<string, number>() };
  if (run.problems.length > 0) return { ...nothing, problems: run.problems };
  const events = await run.events();
  const result = checkTakeover({ events, logs: site.logs(run.hosts) });
  const problems = result.problems.map((problem) => `${problem} (${run.run}, flow ${run.seed})`);
  return { ...result, run, events, problems };
}

/** Ends the workers, and then waits for everything that sessions still run; returns what did not go. */
async function leave(site: TakeoverSite, sshd: Sshd): Promise<readonly string[]> {
  await site.killWorkers();
  const running = () => sshd.running().map((process) => process.commandLine.slice(0, 120));
  await until("what the hosts run to end", () => running().length === 0, { withinMs: LEAVE_MS }).catch(
    () => {},
  );
  return running();
}

function summed(counts: readonly ReadonlyMap<string, number>[]): ReadonlyMap<string, number> {
  const sum = new Map<string, number>();
  for (const [outcome, count] of counts.flatMap((one) => [...one]))
    sum.set(outcome, (sum.get(outcome) ?? 0) + count);
  return sum;
}

function keep(
  { keep: folder, seed }: TakeoverOptions,
  site: TakeoverSite,
  results: readonly CheckedRun[],
  texts: object,
): void {
  if (folder === undefined) return;
  const path = join(folder, `seed-${seed}`);
  mkdirSync(path, { recursive: true });
  cpSync(site.hostDir, join(path, "hosts"), {
    recursive: true,
    filter: (file) => !lstatSync(file).isSocket(),
  });
  for (const { run, events, problems } of results)
    if (problems.length > 0)
      writeFileSync(
        join(path, `${run.run}.ndjson`),
        events.map((event) => `${JSON.stringify(event)}\n`).join(""),
      );
  writeFileSync(join(path, "programs.log"), site.log());
  writeFileSync(join(path, "run.json"), JSON.stringify(texts, undefined, 2));
}
