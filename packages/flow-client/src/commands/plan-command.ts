import { defined, planSummary, safeJson, type RunPlan } from "@roadrunner/core";
import type { OptionValues } from "@roadrunner/core/cli";
import { clientOf } from "../coordinator/index.ts";
import { planJson } from "../reporters/lists/plan-json.ts";
import { planText } from "../reporters/lists/plan-text.ts";
import { EXIT, type ExitCode } from "../usage/exit-codes.ts";
import { loadPlan } from "./load-plan.ts";
import { servingFor, servingLine, servingOn, type Serving } from "./serving.ts";
import type { planOptions } from "../usage/options.ts";
import { print } from "../screen/print.ts";
import { say } from "../usage/say.ts";

type Options = OptionValues<typeof planOptions>;
type Env = Readonly<Record<string, string | undefined>>;

/** `rr-submit plan <flow>`: what would run. It sends nothing and connects to no host. */
export async function planCommand(
  file: string,
  options: Options,
  { serversNamed, env }: { readonly serversNamed: boolean; readonly env: Env },
): Promise<ExitCode> {
  const planned = await loadPlan({ ...options, flow: { file } }, env);
  if (!planned.ok) {
    say(...planned.error);
    return EXIT.usage;
  }
  const { plan, notes, secrets } = planned.value;
  const summary = planSummary(plan);
  const serving = options["no-servers"] ? [] : await servingOf(plan, options, { serversNamed, env });
  if (options.json) {
    const warnings = notes.filter((note) => note.warning).map((note) => note.message);
    const told = notes.filter((note) => !note.warning).map((note) => note.message);
    const json = {
      name: plan.name,
      ...planJson(plan, summary),
      ...defined({ params: plan.params, secretParams: plan.secretParams && secretsTold(plan, secrets) }),
      warnings,
      notes: told,
      ...(options["no-servers"] ? {} : { serving: serving.map(({ start: _start, ...told }) => told) }),
    };
    return print(safeJson(json, 2), EXIT.succeeded);
  }
  const lines = [...planText(plan, summary, Object.keys(secrets))];
  if (notes.length > 0) lines.push("");
  for (const note of notes) lines.push(`${note.warning ? "warning" : "note"}: ${note.message}`);
  if (serving.length > 0) lines.push("");
  for (const entry of serving) lines.push(servingLine(entry));
  return print(lines.join("\n"), EXIT.succeeded);
}

/** Whether a file holds each of its secrets; the values stand nowhere. */
function secretsTold({ secretParams = [] }: RunPlan, ofFiles: object): Readonly<Record<string, string>> {
  return Object.fromEntries(
    secretParams.map((name) => [name, Object.hasOwn(ofFiles, name) ? "given" : "asked"]),
  );
}

/** Whoever would carry the run is asked, unless job servers are named on the command line. */
async function servingOf(
  plan: RunPlan,
  { coordinator, servers, ...access }: Options,
  { serversNamed, env }: { readonly serversNamed: boolean; readonly env: Env },
): Promise<readonly Serving[]> {
  return coordinator === undefined || serversNamed
    ? servingOn(servers, plan)
    : servingFor(clientOf({ ...access, coordinator }, env), plan);
}
