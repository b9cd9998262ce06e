import { defined, succeed, type Result } from "@roadrunner/core";
import type { KeptOutput, Tried } from "@roadrunner/engine/api";
import { ofStore, refuse, type Refusal } from "../carry/refusal.ts";
import type { KnownRun, NumberedEnd, Store } from "../store/store.ts";
import { chooseEnd, type Wanted } from "./choose-end.ts";

/** Of one task in one run: retries of each of its stages. */
const MOST_ENDS = 1000;
/** What is named of what there is. */
const MOST_NAMED = 20;

export interface WantedOutput extends Wanted {
  readonly job: string;
  readonly host: string;
}

/** The output of a task's last attempt, or of the one that is meant. */
export async function taskOutput(
  store: Store,
  known: KnownRun,
  wanted: WantedOutput,
): Promise<Result<KeptOutput, Refusal>> {
  const { run } = known;
  const { job, host } = wanted;
  const ends = await store.ends({ run, host, job }, MOST_ENDS);
  if (!ends.ok) return ofStore(ends.error);
  const end = chooseEnd(ends.value, wanted);
  if (end === undefined) return noOutput(store, known, wanted, ends.value);
  const whole = await store.events(run, end.number, 1);
  if (!whole.ok) return ofStore(whole.error);
  const event = whole.value[0]?.event;
  if (event?.type !== "task.ended") return refuse("noSuchRun", `run ${run} was removed just now`);
  return succeed(outputOf({ number: end.number, event }, ends.value));
}

/** @param ends all of the task, the newest first, without their output */
export function outputOf({ number, event }: NumberedEnd, ends: readonly NumberedEnd[]): KeptOutput {
  const { run, time, job, host, stage, at, attempt, outcome, reason, exitCode, final } = event;
  const { stdout, stderr, encoding, omittedBytes, omittedAfter } = event;
  return {
    ...{ run, number, time, job, host, ...defined({ stage, at }), attempt },
    ...{ outcome, ...defined({ reason, exitCode }), final },
    ...{ stdout: stdout ?? "", stderr: stderr ?? "", ...defined({ encoding }) },
    ...{ kept: keptOf(event), omittedBytes: omittedBytes ?? { stdout: 0, stderr: 0 } },
    ...defined({ omittedAfter }),
    tried: triedOf(ends),
  };
}

function keptOf({ stdout, stderr, outputLost, omittedBytes }: NumberedEnd["event"]): KeptOutput["kept"] {
  // What never had an output is not lost.
  if (outputLost === true) return stdout === undefined && stderr === undefined ? "pruned" : "lost";
  return omittedBytes === undefined || omittedBytes.stdout + omittedBytes.stderr === 0 ? "whole" : "cut";
}

function triedOf(ends: readonly NumberedEnd[]): readonly Tried[] {
  const inStages = ends.some(({ event }) => event.stage !== undefined);
  return ends
    .filter(({ event }) => !inStages || event.stage !== undefined)
    .map(({ event: { stage, at, attempt, outcome } }) => ({ ...defined({ stage, at }), attempt, outcome }))
    .toReversed();
}

/** Says what there is in place of what was asked for. */
async function noOutput(
  store: Store,
  { run, ended }: KnownRun,
  { job, host }: WantedOutput,
  ends: readonly NumberedEnd[],
): Promise<Result<never, Refusal>> {
  const still = ended ? "" : "; the run goes on, and it may come";
  if (ends.length > 0)
    return refuse(
      "noSuchOutput",
      `of job ${job} on ${host} in run ${run} that has not ended; there is ${listed(triedOf(ends).map(triedText))}${still}`,
    );
  const others = await store.ends({ run, host }, MOST_ENDS);
  if (!others.ok) return ofStore(others.error);
  const jobs = [...new Set(others.value.map(({ event }) => event.job))].toReversed();
  const there =
    jobs.length === 0 ? `nothing has ended on ${host}` : `on ${host} there are ends of ${listed(jobs)}`;
  return refuse("noSuchOutput", `job ${job} has not ended on ${host} in run ${run}; ${there}${still}`);
}

function triedText({ stage, at, attempt }: Tried): string {
  const where = at === undefined ? "" : ` at ${at}`;
  return stage === undefined ? `attempt ${attempt}` : `attempt ${attempt} of stage ${stage}${where}`;
}

function listed(names: readonly string[]): string {
  return `${names.slice(0, MOST_NAMED).join(", ")}${names.length > MOST_NAMED ? ", …" : ""}`;
}
