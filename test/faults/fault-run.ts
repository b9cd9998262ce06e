import { cpSync, lstatSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Sshd } from "../support/sshd.ts";
import { carry } from "./carry.ts";
import { checkRun } from "./check-run.ts";
import { flowFor } from "./fault-flow.ts";
import { FaultSite } from "./fault-site.ts";
import type { TimedFault } from "./schedule.ts";

export interface FaultRunOptions {
  readonly seed: number;
  readonly sshd: Sshd;
  readonly hosts: readonly string[];
  readonly delivery: "once" | "repeatable";
  /** Faults by the time, or by whatever is looked at until the signal comes. */
  readonly schedule: readonly TimedFault[] | ((site: FaultSite, over: AbortSignal) => Promise<void>);
  /** From the last fault's end on the run has this long for its verdict. */
  readonly boundMs: number;
  /** Workers take what an operator has signed alone. */
  readonly signed: boolean;
  /** Where journal, hosts' files and logs of a run with problems are kept. */
  readonly keep?: string;
}

export interface FaultRunResult {
  readonly seed: number;
  readonly problems: readonly string[];
  readonly counts: ReadonlyMap<string, number>;
  readonly starts: number;
  /** Starts of what had started before, of which nobody could know. */
  readonly unheardAgain: number;
  readonly undone: number;
  readonly holds: number;
  readonly rounds: number;
  readonly tookMs: number;
}

export const WORKERS = 3;

/** How many of so many hosts are containers. */
export function containersOf(hosts: number): number {
  return Math.min(MAX_CONTAINERS, hosts);
}

/** More would only take longer to start. */
const MAX_CONTAINERS = 6;
const PLACES = 12;
/** What hosts still run when the workers have gone: a waiter says its word once a second. */
const LEAVE_MS = 20_000;

/** One run under faults, held to what the hosts wrote. */
export async function faultRun(options: FaultRunOptions): Promise<FaultRunResult> {
  const { seed, sshd, hosts, delivery, schedule, signed } = options;
  const began = performance.now();
  const site = await FaultSite.start({
    ...{ sshd, hosts, signed, workers: WORKERS, concurrency: PLACES },
    containers: containersOf(hosts.length),
  });
  try {
    const flow = join(site.dir, "flow.json");
    writeFileSync(
      flow,
      JSON.stringify(flowFor(seed, { hosts, delivery, dir: site.hostDir, page: site.pageUrl })),
    );
    const tooLong = new AbortController();
    const over = new AbortController();
    const faults = inject(site, schedule, over.signal).then(async () => {
      await sleep(options.boundMs, undefined, { signal: over.signal }).catch(() => {});
      if (!over.signal.aborted) tooLong.abort();
    });
    const carried = await carry(site, flow, tooLong.signal);
    over.abort();
    await site.mend();
    await faults;
    const left = await site.leave(LEAVE_MS);
    const checked = checkRun({ events: carried.events, logs: site.logs(), heard: carried.heard });
    const problems = [
      ...carried.problems,
      ...checked.problems,
      ...site.wrongRefusals(),
      ...left.map((process) => `left: a process still runs: ${process}`),
    ];
    if (problems.length > 0) keep(options.keep, seed, site, { schedule, said: carried.said, problems });
    const { problems: _, ...numbers } = checked;
    const tookMs = Math.round(performance.now() - began);
    return { seed, problems, ...numbers, rounds: carried.rounds, tookMs };
  } finally {
    await site.stop();
  }
}

async function inject(
  site: FaultSite,
  schedule: FaultRunOptions["schedule"],
  over: AbortSignal,
): Promise<void> {
  if (typeof schedule === "function") {
    await schedule(site, over);
    return site.healed();
  }
  const began = performance.now();
  for (const { atMs, fault } of schedule) {
    const waitMs = Math.max(0, atMs - (performance.now() - began));
    await sleep(waitMs, undefined, { signal: over }).catch(() => {});
    if (over.aborted) return;
    site.apply(fault);
  }
  await site.healed();
}

function keep(folder: string | undefined, seed: number, site: FaultSite, texts: object): void {
  if (folder === undefined) return;
  const path = join(folder, `seed-${seed}`);
  mkdirSync(path, { recursive: true });
  // The lock of an rr-submit that was killed is a socket, which cannot be copied.
  cpSync(site.dir, path, { recursive: true, filter: (file) => !lstatSync(file).isSocket() });
  writeFileSync(join(path, "workers.log"), site.workerLog());
  writeFileSync(join(path, "run.json"), JSON.stringify(texts, undefined, 2));
}
