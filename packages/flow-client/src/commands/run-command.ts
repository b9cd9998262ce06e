import { randomBytes } from "node:crypto";
import { planSummary } from "@roadrunner/core";
import { functionsOf, protectionOf, reachWorkers, runId } from "@roadrunner/engine";
import { JournalWriter, pruneRuns, runsFolder } from "@roadrunner/engine/journal";
import { pruneLocks, takeLock } from "@roadrunner/engine/lock";
import { planText } from "../reporters/lists/plan-text.ts";
import { carryRun } from "../carry/carry-run.ts";
import { EXIT, type ExitCode } from "../usage/exit-codes.ts";
import { loadPlan, type FlowSource, type Planned } from "./load-plan.ts";
import type { LocalParts, StartLocal } from "../carry/local.ts";
import type { RunOptions } from "../usage/options.ts";
import { ask, canAsk } from "../carry/question.ts";
import { RunViews, type OwnView } from "../screen/run-views.ts";
import { isStdinRead } from "../usage/stdin.ts";
import { say } from "../usage/say.ts";
import { signingAgent } from "../carry/signing-agent.ts";
import { secretsOf, unsealed } from "../carry/secrets.ts";

const ELSEWHERE = "Nothing was sent. Set XDG_STATE_HOME to another folder for the journals.";

/** `rr-submit <flow>`: plan, connect, run, and the exit code. `own`: a view that a command brings. */
export async function runCommand(
  flow: FlowSource,
  options: RunOptions,
  env: Readonly<Record<string, string | undefined>>,
  startLocal: StartLocal | undefined,
  own?: OwnView,
): Promise<ExitCode> {
  const planned = await loadPlan({ ...options, flow }, env);
  if (!planned.ok) {
    say(...planned.error);
    return EXIT.usage;
  }
  const refused = unsealed(planned.value.plan, options);
  if (refused !== undefined) {
    say(...refused.split("\n"));
    return EXIT.usage;
  }
  if (!(await goOn(planned.value, options, isStdinRead()))) {
    say("nothing was sent");
    return EXIT.cancelled;
  }
  const secrets = await secretsOf(planned.value.plan, planned.value.secrets);
  if (!secrets.ok) {
    say(...secrets.error.lines);
    return secrets.error.code;
  }
  const folder = runsFolder(env);
  pruneRuns(folder, Date.now());
  await pruneLocks(folder, Date.now());
  const { name } = planned.value.plan;
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
      return await send(
        flow.file,
        { ...planned.value, secrets: secrets.value },
        options,
        env,
        local?.value,
        own,
      );
    } finally {
      await local?.value.close();
    }
  } finally {
    if (lock?.ok === true) lock.value.release();
  }
}

async function send(
  file: string,
  { plan, notes, secrets, fileDigest }: Planned,
  options: RunOptions,
  env: Readonly<Record<string, string | undefined>>,
  local: LocalParts | undefined,
  own: OwnView | undefined,
): Promise<ExitCode> {
  const run = runId(Date.now(), randomBytes(5));
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
    const warnings = [...notes.map((note) => note.message), ...reached.value.warnings];
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
      from: { kind: "new", file, fileDigest, warnings },
    });
  } finally {
    await reached.value.gearman.close();
  }
}

/** On a terminal, a plan with warnings is shown and asked about before the first host. */
async function goOn(
  { plan, notes, secrets }: Planned,
  options: RunOptions,
  stdinIsRead: boolean,
): Promise<boolean> {
  const warnings = notes.filter((note) => note.warning);
  if (options.yes || warnings.length === 0 || !canAsk(stdinIsRead)) return true;
  say(
    ...planText(plan, planSummary(plan), Object.keys(secrets)),
    "",
    ...warnings.map((note) => `warning: ${note.message}`),
    "",
  );
  return (await ask("Run it?", stdinIsRead)) === "yes";
}
