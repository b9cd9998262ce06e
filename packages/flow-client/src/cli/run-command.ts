import { randomBytes } from "node:crypto";
import { planSummary, type RunEvent } from "@roadrunner/core";
import type { OptionValues } from "@roadrunner/core/cli";
import { JournalWriter } from "../journal/journal-writer.ts";
import { takeLock } from "../journal/run-lock.ts";
import { pruneRuns } from "../journal/runs.ts";
import { runsFolder } from "../journal/state-folder.ts";
import { planText } from "../reporters/plan-text.ts";
import { safeText } from "../reporters/safe-text.ts";
import { runId } from "../submit/run-id.ts";
import { functionsOf, submitRun, type SubmittedRun } from "../submit/submit-run.ts";
import { EXIT, exitCodeOf, type ExitCode } from "./exit-codes.ts";
import { loadPlan, type Planned } from "./load-plan.ts";
import type { LocalParts } from "./local.ts";
import type { runOptions } from "./options.ts";
import { ask, canAsk } from "./question.ts";
import { reachWorkers, type Reached } from "./reach-workers.ts";
import { RunViews } from "./run-views.ts";
import { say } from "./say.ts";
import { stopOnSignals } from "./signals.ts";
import { VERSION } from "./version.ts";

export type RunOptions = OptionValues<typeof runOptions>;

/** `rr-submit <flow>`: plan, connect, run, and the exit code. */
export async function runCommand(
  file: string,
  options: RunOptions,
  env: Readonly<Record<string, string | undefined>>,
  startLocal: (() => Promise<LocalParts>) | undefined,
): Promise<ExitCode> {
  const planned = await loadPlan({ flow: file, ...options });
  if (!planned.ok) {
    say(...planned.error);
    return EXIT.usage;
  }
  if (!(await goOn(planned.value, options))) {
    say("nothing was sent");
    return EXIT.cancelled;
  }
  const folder = runsFolder(env);
  pruneRuns(folder, Date.now());
  const { name } = planned.value.plan;
  const lock = options.concurrent ? undefined : await takeLock(folder, `flow ${name}`);
  if (lock?.ok === false) {
    say(`the flow ${JSON.stringify(name)} runs already on this box; --concurrent runs it all the same`);
    return EXIT.usage;
  }
  const local = await startLocal?.();
  try {
    const servers = local?.servers ?? options.servers;
    const reached = await reachWorkers(
      servers,
      functionsOf(planned.value.plan),
      options,
      local !== undefined,
    );
    if (!reached.ok) {
      say(...reached.error);
      return EXIT.infrastructure;
    }
    try {
      return await runThrough(reached.value, file, options, env, planned.value, folder);
    } finally {
      await reached.value.gearman.close();
    }
  } finally {
    await local?.close();
    if (lock?.ok === true) lock.value.release();
  }
}

async function runThrough(
  reached: Reached,
  file: string,
  options: RunOptions,
  env: Readonly<Record<string, string | undefined>>,
  { plan, notes }: Planned,
  folder: string,
): Promise<ExitCode> {
  const opened = RunViews.open(options, plan, env);
  if (!opened.ok) {
    say(opened.error);
    return EXIT.usage;
  }
  const views = opened.value;
  const run = runId(Date.now(), randomBytes(5));
  const journal = JournalWriter.create(folder, run);
  if (!journal.ok) {
    views.end();
    say(journal.error, "Nothing was sent. XDG_STATE_HOME names another place for the journals.");
    return EXIT.infrastructure;
  }
  const submitted = submitRun({
    ...reached,
    run,
    plan,
    file,
    version: VERSION,
    warnings: [...notes.map((note) => note.message), ...reached.warnings],
    maxInFlight: options["max-in-flight"],
    keepOutputBytes: options["keep-output"],
    serverTimeoutMs: options["server-timeout"],
    lostTimeoutMs: options["lost-timeout"],
    live: views.live,
    journal: journal.value,
    show: (events: readonly RunEvent[]) => views.show(events),
    askToConfirm: (text) => void confirm(submitted, views, text),
  });
  const stopListening = stopOnSignals(submitted);
  const result = await submitted.ended;
  stopListening();
  views.end();
  journal.value.close();
  return exitCodeOf(result);
}

async function confirm(submitted: SubmittedRun, views: RunViews, text: string): Promise<void> {
  if (!canAsk()) {
    submitted.interrupt(`it waits to be confirmed, and nobody is here to ask: ${text}`);
    return;
  }
  views.pause();
  const yes = await ask(safeText(text));
  views.resume();
  if (yes) submitted.confirm();
  else submitted.stop("drain", "not confirmed");
}

/** On a terminal, a plan with warnings is shown and asked about before the first host. */
async function goOn({ plan, notes }: Planned, options: RunOptions): Promise<boolean> {
  const warnings = notes.filter((note) => note.warning);
  if (options.yes || warnings.length === 0 || !canAsk()) return true;
  say(...planText(plan, planSummary(plan)), "", ...warnings.map((note) => `warning: ${note.message}`), "");
  return ask("Run it?");
}
