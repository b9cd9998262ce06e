import { randomBytes } from "node:crypto";
import { hostname, userInfo } from "node:os";
import { defined, fail, safeJson, succeed, type RunPlan } from "@roadrunner/core";
import type { OptionValues } from "@roadrunner/core/cli";
import {
  functionsOf,
  protectionOf,
  reachWorkers,
  runId,
  type RunResult,
  submitRun,
} from "@roadrunner/engine";
import { Answers } from "../ask-hosts/answers.ts";
import { answersText } from "../ask-hosts/answers-text.ts";
import { askPlan } from "../ask-hosts/ask-plan.ts";
import type { LocalParts, StartLocal } from "../carry/local.ts";
import { signingAgent } from "../carry/signing-agent.ts";
import { secretsOf, unsealed } from "../carry/secrets.ts";
import { hearStops } from "../carry/signals.ts";
import { loadPlan } from "./load-plan.ts";
import { print } from "../screen/print.ts";
import { EXIT, exitCodeOf, type ExitCode } from "../usage/exit-codes.ts";
import type { planOptions } from "../usage/options.ts";
import { say } from "../usage/say.ts";
import { VERSION } from "../usage/version.ts";

type Options = OptionValues<typeof planOptions>;
type Env = Readonly<Record<string, string | undefined>>;

/** Kept of what `unless` says: enough for a complaint. */
const KEPT_BYTES = 1024;

/** `rr-submit plan --ask-hosts`: has the workers run each job's `unless`, and no command, and tells what it said. */
export async function askHosts(
  file: string,
  options: Options,
  env: Env,
  startLocal: StartLocal | undefined,
): Promise<ExitCode> {
  const planned = await loadPlan({ ...options, flow: { file } }, env);
  if (!planned.ok) {
    say(...planned.error);
    return EXIT.usage;
  }
  const { plan } = planned.value;
  const answers = new Answers();
  const asking = askPlan(plan);
  let code: ExitCode = EXIT.succeeded;
  if (asking.slots.length > 0) {
    const open = unsealed(asking, options);
    const secrets =
      open === undefined
        ? await secretsOf(asking, planned.value.secrets)
        : fail({ lines: [open], code: EXIT.usage });
    if (!secrets.ok) {
      say(...secrets.error.lines);
      return secrets.error.code;
    }
    const local = await startLocal?.();
    if (local?.ok === false) {
      say(local.error, "Nothing was sent.");
      return EXIT.infrastructure;
    }
    try {
      const asked = await ask(asking, options, env, local?.value, answers, secrets.value);
      if (typeof asked === "number") return asked;
      code = exitCodeOf(asked);
      if (asked.kind === "interrupted") say(`not all were asked: ${asked.reason}`);
    } finally {
      await local?.value.close();
    }
  }
  const jobs = answers.of(plan);
  if (code === EXIT.succeeded && jobs.some(({ unasked }) => unasked.length > 0)) code = EXIT.failed;
  if (options.json) return print(safeJson({ name: plan.name, jobs }, 2), code);
  return print(answersText(plan.name, jobs).join("\n"), code);
}

/** How the asking ended; an exit code where it never began, and is told. */
async function ask(
  plan: RunPlan,
  options: Options,
  env: Env,
  local: LocalParts | undefined,
  answers: Answers,
  secrets: Readonly<Record<string, string>>,
): Promise<RunResult | ExitCode> {
  const run = runId(Date.now(), randomBytes(5));
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
  const { gearman, watch, serverNames, warnings } = reached.value;
  const stops = hearStops(() => submitted);
  const submitted = submitRun({
    ...{ gearman, watch, serverNames, run, plan },
    ...defined({ ...protection.value }),
    ...(plan.secretParams === undefined ? {} : { secrets }),
    from: { kind: "new", file: "", fileDigest: "", warnings },
    by: { version: VERSION, who: userInfo().username, where: hostname() },
    maxInFlight: options["max-in-flight"],
    priority: options.priority,
    keepOutputBytes: KEPT_BYTES,
    serverTimeoutMs: options["server-timeout"],
    lostTimeoutMs: options["lost-timeout"],
    // Nothing is begun that a journal would have to tell of.
    journal: { append: () => succeed(undefined) },
    view: { live: false, show: (events) => answers.add(events) },
    operator: { confirm: async () => "nobody" },
  });
  try {
    return await submitted.ended;
  } finally {
    stops.end();
    await gearman.close();
  }
}
