import { setMaxListeners } from "node:events";
import { cpSync, lstatSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { seeded } from "../support/random.ts";
import type { Sshd } from "../support/sshd.ts";
import { until } from "../support/until.ts";
import { HandedOver } from "./carried/handed-over.ts";
import type { TimedFault } from "./schedule.ts";
import { checkAuthority, checkUnbelieved, type AuditLine } from "./seen/check-authority.ts";
import { checkTakeover, type NumberedEvent } from "./seen/check-takeover.ts";
import type { Refused } from "./seen/epoch-watch.ts";
import { LeaseWatch } from "./seen/lease-watch.ts";
import type { Programs } from "./site/site-parts.ts";
import { TakeoverSite } from "./site/takeover-site.ts";

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
  /** Workers take what operators have signed alone, and operators sign the runs. */
  readonly signed: boolean;
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
  readonly words: Words;
  readonly faults: readonly string[];
  readonly tookMs: number;
}

/** What operators said. */
export interface Words {
  readonly signed: boolean;
  /** Runs that were signed anew, and those among them that another operator signed. */
  readonly anew: number;
  readonly byAnother: number;
  /** Runs that were not signed for one of the coordinators. */
  readonly leftOut: number;
  /** Lines of the workers' audit logs. */
  readonly audited: number;
}

export const COORDINATORS = 3;
export const WORKERS = 2;
/** The lease is 20 s, and 30 s after the loss somebody else has the run. */
const TAKEN_WITHIN_MS = 10_000;
/** What hosts still run when the workers have gone: a waiter says its word once a second. */
const LEAVE_MS = 20_000;

/** Some runs side by side, carried by coordinators to whom things happen; held to what the hosts wrote. */
export async function takeoverRun(options: TakeoverOptions): Promise<TakeoverResult> {
  const { seed, sshd, hosts, programs, signed } = options;
  const began = performance.now();
  const site = await TakeoverSite.start({
    ...{ sshd, hosts, programs, signed, coordinators: COORDINATORS, workers: WORKERS },
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
    const lines = site.workers.audited();
    const results = await Promise.all(handed.map((run) => checked(site, run, lines)));
    const problems = [
      ...watched.late,
      ...site.workers.watches.flatMap((watch) => watch.problems),
      ...checkUnbelieved(lines, leftOutBy(handed, site)),
      ...results.flatMap((result) => result.problems),
      ...left.map((process) => `left: a process still runs: ${process}`),
    ];
    if (problems.length > 0) keep(options, site, results, { problems, done });
    return {
      ...{ seed, runs: handed.length, problems, faults: done },
      ...{ takeovers: watched.takeovers, longestMs: watched.longestMs, refused: site.refused() },
      words: wordsOf(handed, signed, lines),
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

async function checked(
  site: TakeoverSite,
  run: HandedOver,
  lines: readonly AuditLine[],
): Promise<CheckedRun> {
  const nothing = { run, events: [], starts: 0, counts: new Map<string, number>() };
  if (run.problems.length > 0) return { ...nothing, problems: run.problems };
  const events = await run.events();
  const logs = site.logs(run.hosts);
  const result = checkTakeover({ events, logs });
  const { plan } = run.handOver;
  const words = run.operator?.words;
  const unsigned =
    words === undefined
      ? []
      : checkAuthority({
          ...{ run: run.run, plan, words, lines, logs },
          events: events.map(({ event }) => event),
        });
  const problems = [...result.problems, ...unsigned].map(
    (problem) => `${problem} (${run.run}, flow ${run.seed})`,
  );
  return { ...result, run, events, problems };
}

/** Keys of coordinators for which some run was not signed. */
function leftOutBy(handed: readonly HandedOver[], { operators }: TakeoverSite): ReadonlySet<string> {
  return new Set(
    (operators?.carriers ?? []).filter((carrier) =>
      handed.some(({ operator }) => operator?.words.some(({ body }) => !body.carriers.includes(carrier))),
    ),
  );
}

function wordsOf(handed: readonly HandedOver[], signed: boolean, lines: readonly AuditLine[]): Words {
  const spoken = handed.map(({ operator }) => operator?.words ?? []);
  return {
    signed,
    anew: spoken.filter(({ length }) => length > 1).length,
    byAnother: spoken.filter((words) => words.some(({ by }) => by !== words[0]?.by)).length,
    leftOut: spoken.filter(([first]) => first !== undefined && first.body.carriers.length < COORDINATORS)
      .length,
    audited: lines.length,
  };
}

/** Ends the workers, and then waits for everything that sessions still run; returns what did not go. */
async function leave(site: TakeoverSite, sshd: Sshd): Promise<readonly string[]> {
  await site.workers.killAll();
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
  for (const log of site.workers.auditLogs) cpSync(log, join(path, basename(log)));
  const words = results.flatMap(({ run }) =>
    (run.operator?.words ?? []).map((word) => ({ run: run.run, ...word })),
  );
  writeFileSync(join(path, "words.json"), JSON.stringify(words, undefined, 2));
  writeFileSync(join(path, "programs.log"), site.log());
  writeFileSync(join(path, "run.json"), JSON.stringify(texts, undefined, 2));
}
