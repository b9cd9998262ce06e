import { valueOnLine, type Candidate, type TypedLine } from "@roadrunner/core/cli";
import type { CoordinatorClient } from "../coordinator/index.ts";
import type { Env } from "./read-options.ts";

/** The newest; with older ones nobody finds the one that is meant. */
const MOST_RUNS = 50;
const HEAD_BYTES = 4096;
/** Somebody waits with a finger on the key. */
const WITHIN_MS = 1500;

/** `last` and the ids of runs of this box and of the coordinator that is named, newest first, each with its flow. */
export async function runCandidates(
  line: TypedLine,
  env: Env,
  { running }: { readonly running: boolean },
): Promise<readonly Candidate[]> {
  const found = [...(await runsHere(env, running)), ...(await runsThere(line, env, running))]
    .toSorted((a, b) => (a.word < b.word ? 1 : -1))
    .slice(0, MOST_RUNS);
  return found.length === 0 ? [] : [{ word: "last", describe: "the newest one" }, ...found];
}

async function runsHere(env: Env, running: boolean): Promise<readonly Candidate[]> {
  const { beginningOf, journalPath, listRuns, runsFolder } = await import("@roadrunner/engine/journal");
  const { isLocked } = await import("@roadrunner/engine/lock");
  const folder = runsFolder(env);
  const found: Candidate[] = [];
  for (const run of listRuns(folder).toReversed().slice(0, MOST_RUNS)) {
    if (running && !(await isLocked(folder, run))) continue;
    const head = beginningOf(journalPath(folder, run), HEAD_BYTES);
    const name = /"name":("(?:[^"\\]|\\.)*")/.exec(head)?.[1];
    found.push({ word: run, ...(name === undefined ? {} : { describe: String(JSON.parse(name)) }) });
  }
  return found;
}

/** None where the coordinator does not answer at once. */
async function runsThere(line: TypedLine, env: Env, running: boolean): Promise<readonly Candidate[]> {
  const client = await clientOn(line, env);
  const state = running ? "running" : undefined;
  const listed = await client?.runs({ limit: MOST_RUNS, state });
  return listed?.ok === true ? listed.value.runs.map(({ run, name }) => ({ word: run, describe: name })) : [];
}

/** Jobs of a run that hold. */
export async function heldJobs(name: string, line: TypedLine, env: Env): Promise<readonly Candidate[]> {
  const { findRun, readJournal, runsFolder } = await import("@roadrunner/engine/journal");
  const path = findRun(runsFolder(env), name);
  const journal = path.ok ? readJournal(path.value) : path;
  const held = new Map<string, Candidate>();
  for (const event of journal.ok ? journal.value.events : []) {
    if (event.type === "job.held") held.set(event.job, { word: event.job, describe: event.reason });
    if (event.type === "job.confirmed" || event.type === "job.ended") held.delete(event.job);
  }
  if (journal.ok) return [...held.values()];
  const row = await (await clientOn(line, env))?.run(name);
  const waits = row?.ok === true ? (row.value.waits ?? []) : [];
  return waits.flatMap(({ job, for: kind, reason = "" }) =>
    kind === "hold" && job !== undefined ? [{ word: job, describe: reason }] : [],
  );
}

async function clientOn({ words }: TypedLine, env: Env): Promise<CoordinatorClient | undefined> {
  const named = valueOnLine(words, "coordinator") ?? env["RR_COORDINATOR"];
  if (named === undefined || words.includes("--here")) return undefined;
  const { parseCoordinator } = await import("@roadrunner/engine/address");
  const address = parseCoordinator(named);
  if (!address.ok) return undefined;
  const { clientOf } = await import("../coordinator/index.ts");
  const ca = valueOnLine(words, "coordinator-ca") ?? env["RR_COORDINATOR_CA"];
  // By the login that there is: nobody is asked to touch a key at the Tab key.
  const options = { coordinator: address.value, "coordinator-ca": ca };
  return clientOf(options, env, { answerMs: WITHIN_MS });
}
