import { randomBytes } from "node:crypto";
import { planSummary } from "@roadrunner/core";
import { runId } from "@roadrunner/engine";
import { planText } from "../reporters/lists/plan-text.ts";
import { EXIT, type ExitCode } from "../usage/exit-codes.ts";
import { loadPlan, type FlowSource, type Planned } from "./load-plan.ts";
import { handOverOf } from "../carry/hand-over.ts";
import type { StartLocal } from "../carry/local.ts";
import type { RunOptions } from "../usage/options.ts";
import { ask, canAsk } from "../carry/question.ts";
import type { OwnView } from "../screen/run-views.ts";
import { isStdinRead } from "../usage/stdin.ts";
import { say } from "../usage/say.ts";
import { secretsOf, unsealed } from "../carry/secrets.ts";
import { carryDetached, type Written } from "./carry-detached.ts";
import { carryNew } from "./carry-new.ts";
import { handOverTo } from "./hand-over-to.ts";

/**
 * `rr-submit <flow>`: plan and ask; then the run is carried by this process, by another of this box, or by a coordinator.
 * Gives the exit code. `own`: a view that a command brings.
 */
export async function runCommand(
  flow: FlowSource,
  options: RunOptions,
  env: Readonly<Record<string, string | undefined>>,
  startLocal: StartLocal | undefined,
  written: Written,
  own?: OwnView,
): Promise<ExitCode> {
  const planned = await loadPlan({ ...options, flow }, env);
  if (!planned.ok) {
    say(...planned.error);
    return EXIT.usage;
  }
  const { coordinator, detach } = options;
  // Whether it is sealed is a coordinator's own affair.
  const refused = coordinator === undefined ? unsealed(planned.value.plan, options) : undefined;
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
  const { plan, notes, fileDigest } = planned.value;
  const warnings = notes.map((note) => note.message);
  const run = runId(Date.now(), randomBytes(5));
  const asked = { run, file: flow.file, fileDigest, plan, warnings, secrets: secrets.value };
  if (coordinator !== undefined) return handOverTo(coordinator, asked, options, env, own);
  if (!detach) return carryNew(asked, options, env, startLocal, { own });
  return carryDetached(handOverOf(asked, options, options["output-dir"] !== undefined), written, env);
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
