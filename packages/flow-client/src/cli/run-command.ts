import { planSummary, type RunEvent } from "@roadrunner/core";
import type { OptionValues } from "@roadrunner/core/cli";
import { formatServer, GearmanClient, type ServerAddress } from "@roadrunner/core/gearman";
import { NdjsonReporter } from "../reporters/ndjson.ts";
import { planText } from "../reporters/plan-text.ts";
import { PlainReporter } from "../reporters/plain.ts";
import { QuietReporter } from "../reporters/quiet.ts";
import type { Reporter } from "../reporters/reporter.ts";
import { serverInUse, waitForServer } from "../submit/gearman-link.ts";
import { functionsOf, submitRun } from "../submit/submit-run.ts";
import { WorkerWatch } from "../submit/worker-watch.ts";
import { EXIT, exitCodeOf, type ExitCode } from "./exit-codes.ts";
import { loadPlan, type Planned } from "./load-plan.ts";
import type { LocalParts } from "./local.ts";
import type { runOptions } from "./options.ts";
import { ask, canAsk } from "./question.ts";
import { safeText } from "../reporters/safe-text.ts";
import { say } from "./say.ts";
import { stopOnSignals } from "./signals.ts";
import { VERSION } from "./version.ts";
import { View } from "./view.ts";

/** How long the first connection may take before the servers are named as not there. */
const FIRST_CONNECT_MS = 8000;
/** Submissions for control messages, beside the tasks. */
const CONTROL_ROOM = 10_000;

export type RunOptions = OptionValues<typeof runOptions>;

/** `rr-submit <flow>`: plan, connect, run, and the exit code. */
export async function runCommand(
  file: string,
  options: RunOptions,
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
  const local = await startLocal?.();
  try {
    return await submitTo(
      local?.servers ?? options.servers,
      file,
      options,
      planned.value,
      local !== undefined,
    );
  } finally {
    await local?.close();
  }
}

async function submitTo(
  servers: readonly ServerAddress[],
  file: string,
  options: RunOptions,
  { plan, notes }: Planned,
  embedded: boolean,
): Promise<ExitCode> {
  const serverNames = servers.map(formatServer).join(", ");
  const gearman = new GearmanClient({ servers, maxInFlight: options["max-in-flight"] + CONTROL_ROOM });
  gearman.start();
  try {
    const connected = await waitForServer(gearman, Math.min(FIRST_CONNECT_MS, options["server-timeout"]));
    if (!connected.ok) {
      say(`no Gearman job server answers at ${serverNames}: ${connected.error}`);
      say("Start one (gearmand), or name it with --servers host:port.");
      return EXIT.infrastructure;
    }
    const watch = new WorkerWatch(() => (embedded ? undefined : serverInUse(gearman)));
    const functions = functionsOf(plan);
    const served = await watch.waitForAll(functions, options["wait-for-workers"]);
    if (!served.ok) {
      const server = formatServer(connected.value);
      say(`no worker serves ${served.error} on ${server}: nothing was sent`);
      say(`Start one: rr-worker --servers ${server}`);
      return EXIT.infrastructure;
    }
    const warnings = notes.map((note) => note.message);
    if (served.value === "cannotTell" && !embedded) {
      warnings.push(
        "the job server does not answer the admin protocol: it cannot be told whether workers are there",
      );
    }
    const view = new View(reporterOf(options), process.stdout);
    const run = submitRun({
      plan,
      file,
      version: VERSION,
      gearman,
      serverNames,
      watch,
      canTell: served.value === "served",
      warnings,
      maxInFlight: options["max-in-flight"],
      keepOutputBytes: options["keep-output"],
      serverTimeoutMs: options["server-timeout"],
      lostTimeoutMs: options["lost-timeout"],
      live: false,
      emit: (events: readonly RunEvent[]) => view.show(events),
      askToConfirm: (text) => void confirm(text),
    });
    const confirm = async (text: string): Promise<void> => {
      if (!canAsk()) run.interrupt(`it waits to be confirmed, and nobody is here to ask: ${text}`);
      else if (await ask(safeText(text))) run.confirm();
      else run.stop("drain", "not confirmed");
    };
    const stopListening = stopOnSignals(run);
    const result = await run.ended;
    stopListening();
    view.end();
    return exitCodeOf(result);
  } finally {
    await gearman.close();
  }
}

/** On a terminal, a plan with warnings is shown and asked about before the first host. */
async function goOn({ plan, notes }: Planned, options: RunOptions): Promise<boolean> {
  const warnings = notes.filter((note) => note.warning);
  if (options.yes || warnings.length === 0 || !canAsk()) return true;
  say(...planText(plan, planSummary(plan)), "", ...warnings.map((note) => `warning: ${note.message}`), "");
  return ask("Run it?");
}

function reporterOf(options: RunOptions): Reporter {
  switch (options.output) {
    case "ndjson":
      return new NdjsonReporter();
    case "quiet":
      return new QuietReporter();
    case "auto":
    case "plain":
      return new PlainReporter();
  }
}
