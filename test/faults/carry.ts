import { asAct } from "./acts.ts";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { RunEvent } from "@roadrunner/core";
import { readJournal } from "../../packages/engine/src/journal/read-journal.ts";
import { startSubmit } from "../support/processes.ts";
import { attemptKey, type Heard } from "./check-hosts.ts";
import type { FaultSite } from "./fault-site.ts";

export interface Carried {
  readonly events: readonly RunEvent[];
  /** By host and attempt, as `attemptKey` names them: when an rr-submit first showed output of it, as hosts count. */
  readonly heard: Heard;
  /** How often rr-submit was started. */
  readonly rounds: number;
  readonly problems: readonly string[];
  /** What every rr-submit said on stderr, and how it ended. */
  readonly said: string;
}

const OPTIONS = ["--server-timeout", "10s", "--lost-timeout", "20s", "--wait-for-workers", "15s"];
/** Between an rr-submit that ended and the one that goes on. */
const PAUSE_MS = 300;

/** Submits a flow, and resumes it until it has a verdict, or `signal` says that this takes too long. */
export async function carry(site: FaultSite, flow: string, signal: AbortSignal): Promise<Carried> {
  const home = join(site.dir, "home");
  const runs = join(home, "state", "roadrunner", "runs");
  mkdirSync(home);
  const problems: string[] = [];
  const heard = new Map<string, Map<string, number>>();
  let said = "";
  let rounds = 0;
  for (;;) {
    const before = readRun(runs);
    if (isOver(before)) return { events: before, heard, rounds, problems, said };
    if (signal.aborted)
      problems.push(`hang: no verdict after ${rounds} rounds; the last one said: ${said.slice(-600)}`);
    if (problems.length > 0) return { events: before, heard, rounds, problems, said };
    rounds += 1;
    // Whoever goes on with a job that holds says yes.
    const what = before.length === 0 ? [flow] : ["resume", "last", "--confirm"];
    const submit = startSubmit(
      [
        ...what,
        "--servers",
        site.submitServer,
        "--output",
        "ndjson",
        "--follow",
        ...OPTIONS,
        ...site.signArgs,
      ],
      { home },
    );
    site.submit = submit;
    const onAbort = (): void => submit.signal("SIGKILL");
    signal.addEventListener("abort", onAbort);
    const exit = await submit.exited;
    signal.removeEventListener("abort", onAbort);
    note(heard, submit.stdout());
    said += `--- ${what[0]}: ${exit.code ?? exit.signal}\n${submit.stderr()}`;
    // 2 is for a run that was killed between its verdict and its exit, or in which a stop has left no undo out.
    if (exit.code === 2 && readRun(runs).at(-1)?.type === "run.ended")
      return { events: readRun(runs), heard, rounds, problems, said };
    if (exit.code !== null && ![0, 1, 2, 3, 130].includes(exit.code))
      problems.push(`exit: rr-submit ended with ${exit.code}: ${submit.stderr().slice(-600)}`);
    if (exit.code === 2 && !isOver(readRun(runs)))
      problems.push(`exit: rr-submit refused to go on: ${submit.stderr().slice(-600)}`);
    await sleep(PAUSE_MS);
  }
}

/** Notes whose output these run events show. */
function note(heard: Map<string, Map<string, number>>, ndjson: string): void {
  const bootedS = bootTime();
  for (const event of outputsIn(ndjson)) {
    const ofHost = heard.get(event.host) ?? new Map<string, number>();
    const key = attemptKey(event.job, event.attempt);
    if (!ofHost.has(key)) ofHost.set(key, Date.parse(event.time) / 1000 - bootedS);
    heard.set(event.host, ofHost);
  }
}

/** In seconds since the epoch, taken as a hundredth ends: the uptime that hosts write tells no smaller time. */
function bootTime(): number {
  const uptime = (): string => readFileSync("/proc/uptime", "utf8").split(" ")[0] ?? "";
  const before = uptime();
  for (;;) {
    const now = Date.now();
    const after = uptime();
    if (after !== before) return now / 1000 - Number(after);
  }
}

/** What an rr-submit showed of the commands' output; the last line of one that writes, or was killed, may be cut. */
export function outputsIn(ndjson: string): readonly Extract<RunEvent, { type: "task.output" }>[] {
  return ndjson
    .split("\n")
    .slice(0, -1)
    .map((line) => asAct(JSON.parse(line) as RunEvent))
    .filter((event) => event.type === "task.output");
}

/** Empty where nothing was recorded yet; throws where a journal is damaged beyond its last line. */
function readRun(folder: string): readonly RunEvent[] {
  let names: string[] = [];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const name = names.sort().at(-1);
  if (name === undefined) return [];
  const journal = readJournal(join(folder, name));
  if (journal.ok) return journal.value.events;
  if (journal.error.includes("nothing of the run was recorded")) return [];
  throw new Error(journal.error);
}

/**
 * A cancelled run goes on when it is resumed, unless it is so for want of hosts that were killed; one that has failed and
 * was stopped may have an undo left.
 */
function isOver(events: readonly RunEvent[]): boolean {
  const last = events.at(-1);
  if (last?.type !== "run.ended") return false;
  const stopped = events.findLastIndex(({ type }) => type === "run.stopping");
  return last.verdict === "succeeded" || stopped < events.findLastIndex(({ type }) => type === "run.resumed");
}
