import type { RunPlan } from "@roadrunner/core";
import type { OptionValues } from "@roadrunner/core/cli";
import { functionsOf, protectionOf, reachWorkers } from "@roadrunner/engine";
import { JournalWriter, pruneRuns, runsFolder } from "@roadrunner/engine/journal";
import { pruneLocks, takeLock } from "@roadrunner/engine/lock";
import { carryRun, type DetachedRun } from "../carry/carry-run.ts";
import type { LocalParts, StartLocal } from "../carry/local.ts";
import { signingAgent } from "../carry/signing-agent.ts";
import { RunViews, type OwnView } from "../screen/run-views.ts";
import { EXIT, type ExitCode } from "../usage/exit-codes.ts";
import type { carryOptions } from "../usage/options.ts";
import { say } from "../usage/say.ts";

const ELSEWHERE = "Nothing was sent. Set XDG_STATE_HOME to another folder for the journals.";

type Env = Readonly<Record<string, string | undefined>>;
type Options = OptionValues<typeof carryOptions> & {
  /** Although a flow of this name runs already on this box. */
  readonly concurrent: boolean;
};

/** A run about which its operator has nothing more to be asked. */
export interface AskedRun {
  readonly run: string;
  readonly file: string;
  /** Of the flow file's bytes. */
  readonly fileDigest: string;
  readonly plan: RunPlan;
  readonly warnings: readonly string[];
  /** Values of the plan's secret parameters. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** How a run is shown and heard of. */
export interface Watched {
  /** A view that a command brings. */
  readonly own?: OwnView | undefined;
  readonly detached?: DetachedRun | undefined;
}

/** Connects, records, carries the run to its end, and gives the exit code. */
export async function carryNew(
  asked: AskedRun,
  options: Options,
  env: Env,
  startLocal: StartLocal | undefined,
  watched: Watched,
): Promise<ExitCode> {
  const folder = runsFolder(env);
  pruneRuns(folder, Date.now());
  await pruneLocks(folder, Date.now());
  const { name } = asked.plan;
  const lock = options.concurrent ? undefined : await takeLock(folder, `flow ${name}`);
  if (lock?.ok === false && lock.error !== "taken") {
    say(`no lock can be had for the flow: ${lock.error.reason}`, ELSEWHERE);
    return EXIT.infrastructure;
  }
  if (lock?.ok === false) {
    say(`the flow ${JSON.stringify(name)} runs already on this box; --concurrent runs it all the same`);
    return EXIT.usage;
  }
  try {
    const local = await startLocal?.();
    if (local?.ok === false) {
      say(local.error, "Nothing was sent.");
      return EXIT.infrastructure;
    }
    try {
      return await send(asked, options, env, local?.value, watched);
    } finally {
      await local?.value.close();
    }
  } finally {
    if (lock?.ok === true) lock.value.release();
  }
}

async function send(
  { run, file, fileDigest, plan, warnings, secrets }: AskedRun,
  options: Options,
  env: Env,
  local: LocalParts | undefined,
  { own, detached }: Watched,
): Promise<ExitCode> {
  // First: with a key that cannot be used there is nothing to ask a server for.
  const protection = await protectionOf(options, signingAgent(env), run, plan);
  if (!protection.ok) {
    say(protection.error, "Nothing was sent.");
    return EXIT.usage;
  }
  const servers = local?.servers ?? options.servers;
  const reached = await reachWorkers(servers, functionsOf(plan), options, local !== undefined);
  if (!reached.ok) {
    say(...reached.error);
    return EXIT.infrastructure;
  }
  try {
    const folder = runsFolder(env);
    // Before the journal: a run that never began because of a wrong option leaves none.
    const views = await RunViews.open(options, plan, env, own);
    if (!views.ok) {
      say(views.error, "Nothing was sent.");
      return EXIT.usage;
    }
    const journal = JournalWriter.create(folder, run);
    if (!journal.ok) {
      views.value.end();
      say(journal.error, ELSEWHERE);
      return EXIT.infrastructure;
    }
    return await carryRun({
      reached: reached.value,
      options,
      run,
      plan,
      views: views.value,
      journal: journal.value,
      lock: await takeLock(folder, run),
      protection: protection.value,
      secrets,
      detached,
      from: { kind: "new", file, fileDigest, warnings: [...warnings, ...reached.value.warnings] },
    });
  } finally {
    await reached.value.gearman.close();
  }
}
