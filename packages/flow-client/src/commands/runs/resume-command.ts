import { readFileSync } from "node:fs";
import type { ServerAddress } from "@roadrunner/core/gearman";
import { defined, fail, succeed, type Result, type RunPlan } from "@roadrunner/core";
import type { OptionValues } from "@roadrunner/core/cli";
import { functionsOf, protectionOf, reachWorkers } from "@roadrunner/engine";
import { type Journal, JournalWriter, readJournal, runsFolder } from "@roadrunner/engine/journal";
import { takeLock, type RunLock } from "@roadrunner/engine/lock";
import { goOn, leftToDo } from "@roadrunner/engine/resume";
import { nothingLeft } from "@roadrunner/engine/words";
import { readBoxRun, readKnownRun } from "../../known-runs/index.ts";
import { carryRun } from "../../carry/carry-run.ts";
import { by } from "../../carry/hand-over.ts";
import { EXIT, type ExitCode } from "../../usage/exit-codes.ts";
import type { Watched } from "../carry-new.ts";
import { resumeDetached, type Written } from "../carry-detached.ts";
import { paramsAgain, type Secrets } from "../given-params.ts";
import { digestOf } from "../load-plan.ts";
import { resumeRemote } from "./resume-remote.ts";
import type { StartLocal } from "../../carry/local.ts";
import type { resumeOptions } from "../../usage/options.ts";
import { RunViews } from "../../screen/run-views.ts";
import { tell, wrongUse, type Refusal } from "../../usage/refusal.ts";
import { say } from "../../usage/say.ts";
import { signingAgent } from "../../carry/signing-agent.ts";
import { secretsOf, unsealed } from "../../carry/secrets.ts";

type Env = Readonly<Record<string, string | undefined>>;
type Options = OptionValues<typeof resumeOptions>;

/** `rr-submit resume RUN|last`: goes on from the journal; the plan in it is what runs, not the files. */
export async function resumeCommand(
  name: string,
  options: Options,
  env: Env,
  startLocal: StartLocal | undefined,
  written: Written,
): Promise<ExitCode> {
  const named = await readKnownRun(name, { ...options, env });
  if (!named.ok) return tell(named.error);
  const { known, recorded } = named.value;
  if (known.kind === "coordinator") return resumeRemote(known, recorded, options, env);
  const locked = await lockRun(recorded.run, options, env);
  if (!locked.ok) return tell(locked.error);
  const { journal } = locked.value;
  let secrets: Result<Secrets, Refusal>;
  try {
    secrets = await askedAgain(journal.plan, options);
    if (!secrets.ok) return tell(secrets.error);
    warnOfChangedFile(journal);
    if (!options.detach) return await goOnHere(locked.value, secrets.value, options, env, startLocal, {});
  } finally {
    locked.value.lock.release();
  }
  return resumeDetached(journal.run, secrets.value, written, env);
}

/** The same for whoever has been asked already: these are the secrets. */
export async function resumeAsked(
  run: string,
  secrets: Secrets,
  options: Options,
  env: Env,
  startLocal: StartLocal | undefined,
  watched: Watched,
): Promise<ExitCode> {
  const locked = await lockRun(run, options, env);
  if (!locked.ok) return tell(locked.error);
  try {
    return await goOnHere(locked.value, secrets, options, env, startLocal, watched);
  } finally {
    locked.value.lock.release();
  }
}

/** A run that nobody else carries, and that can be gone on with. */
interface LockedRun {
  readonly journal: Journal;
  readonly lock: RunLock;
}

async function lockRun(name: string, { retry }: Options, env: Env): Promise<Result<LockedRun, Refusal>> {
  const named = await readBoxRun(name, env);
  if (!named.ok) return named;
  const { known, recorded } = named.value;
  const { run } = recorded;
  const lock = await takeLock(runsFolder(env), run);
  if (!lock.ok && lock.error !== "taken")
    return fail(wrongUse(`no lock can be had for the run: ${lock.error.reason}`));
  if (!lock.ok)
    return fail(wrongUse(`another rr-submit already runs ${run}; rr-submit attach ${run} shows it`));
  // Again, now that nobody else writes it.
  const journal = readToGoOn(known.path, retry);
  if (journal.ok) return succeed({ journal: journal.value, lock: lock.value });
  lock.value.release();
  return fail(wrongUse(journal.error));
}

function readToGoOn(path: string, retry: Options["retry"]): Result<Journal, string> {
  const journal = readJournal(path);
  if (!journal.ok) return journal;
  const left = leftToDo(journal.value, retry);
  return left.ok ? journal : fail(nothingLeft(journal.value.run, left.error));
}

async function askedAgain(plan: RunPlan, options: Options): Promise<Result<Secrets, Refusal>> {
  const again = await paramsAgain(plan, options);
  if (!again.ok) return fail({ lines: again.error, code: EXIT.usage });
  const notSealed = unsealed(plan, options);
  if (notSealed !== undefined) return fail(wrongUse(notSealed));
  return secretsOf(plan, again.value);
}

async function goOnHere(
  locked: LockedRun,
  secrets: Secrets,
  options: Options,
  env: Env,
  startLocal: StartLocal | undefined,
  watched: Watched,
): Promise<ExitCode> {
  const local = await startLocal?.();
  if (local?.ok === false) {
    say(local.error);
    return EXIT.infrastructure;
  }
  const servers = local?.value.servers ?? options.servers;
  try {
    const means = { lock: succeed(locked.lock), secrets, servers, embedded: local !== undefined };
    return await carryOn(locked.journal, options, env, means, watched);
  } finally {
    await local?.value.close();
  }
}

/** What a run is carried with. */
interface Means {
  readonly lock: Awaited<ReturnType<typeof takeLock>>;
  readonly secrets: Secrets;
  readonly servers: readonly ServerAddress[];
  readonly embedded: boolean;
}

async function carryOn(
  journal: Journal,
  options: Options,
  env: Env,
  { lock, secrets, servers, embedded }: Means,
  { own, detached }: Watched,
): Promise<ExitCode> {
  const protection = await protectionOf(options, signingAgent(env), journal.run, journal.plan);
  if (!protection.ok) return refuse(protection.error);
  const reached = await reachWorkers(servers, functionsOf(journal.plan), options, embedded);
  if (!reached.ok) {
    say(...reached.error);
    return EXIT.infrastructure;
  }
  try {
    const views = await RunViews.open(options, journal.plan, env, own);
    if (!views.ok) return refuse(views.error);
    const writer = JournalWriter.reopen(journal.path, journal.length);
    if (!writer.ok) {
      views.value.end();
      say(writer.error);
      return EXIT.infrastructure;
    }
    const { retry } = options;
    const confirmedBy = options.confirm ? `${by().who}@${by().where}` : undefined;
    const { past, replayed } = goOn(journal, { retry, lostTimeoutMs: options["lost-timeout"] });
    views.value.recall(past);
    return await carryRun({
      reached: reached.value,
      options,
      run: journal.run,
      plan: journal.plan,
      views: views.value,
      journal: writer.value,
      lock,
      protection: protection.value,
      secrets,
      detached,
      from: { kind: "resumed", replayed, ...defined({ retry, confirmedBy }) },
    });
  } finally {
    await reached.value.gearman.close();
  }
}

/** The plan in the journal is what runs; that the file says something else now is only told. */
function warnOfChangedFile(journal: Journal): void {
  const { file, fileDigest } = journal.started;
  if (file === undefined || fileDigest === undefined) return;
  try {
    if (digestOf(readFileSync(file)) === fileDigest) return;
    say(`${file} has changed since the run began; what runs is the plan in the journal`);
  } catch {
    // The file is not here any more: the journal is enough.
  }
}

function refuse(message: string): ExitCode {
  say(...message.split("\n"));
  return EXIT.usage;
}
