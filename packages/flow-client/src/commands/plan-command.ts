import { defined, planSummary, safeJson, type RunPlan } from "@roadrunner/core";
import type { OptionValues } from "@roadrunner/core/cli";
import { adminStatus, formatServer, type ServerAddress } from "@roadrunner/core/gearman";
import { functionsOf, startWorkerLine, workersFor } from "@roadrunner/engine";
import { planJson } from "../reporters/lists/plan-json.ts";
import { planText } from "../reporters/lists/plan-text.ts";
import { EXIT, type ExitCode } from "../usage/exit-codes.ts";
import { loadPlan } from "./load-plan.ts";
import type { planOptions } from "../usage/options.ts";
import { print } from "../screen/print.ts";
import { say } from "../usage/say.ts";

/** What one job server says of one function; `workers` undefined: it could not tell. */
interface Serving {
  readonly function: string;
  readonly server: ServerAddress;
  readonly workers: number | undefined;
  readonly problem?: string;
}

/** `rr-submit plan <flow>`: what would run. It sends nothing and connects to no host. */
export async function planCommand(
  file: string,
  options: OptionValues<typeof planOptions>,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ExitCode> {
  const planned = await loadPlan({ ...options, flow: { file } }, env);
  if (!planned.ok) {
    say(...planned.error);
    return EXIT.usage;
  }
  const { plan, notes, secrets } = planned.value;
  const summary = planSummary(plan);
  const serving = options["no-servers"] ? [] : await servingOf(functionsOf(plan), options.servers);
  if (options.json) {
    const warnings = notes.filter((note) => note.warning).map((note) => note.message);
    const told = notes.filter((note) => !note.warning).map((note) => note.message);
    const json = {
      name: plan.name,
      ...planJson(plan, summary),
      ...defined({ params: plan.params, secretParams: plan.secretParams && secretsTold(plan, secrets) }),
      warnings,
      notes: told,
      ...(options["no-servers"]
        ? {}
        : { serving: serving.map((entry) => ({ ...entry, server: formatServer(entry.server) })) }),
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

async function servingOf(
  functions: readonly string[],
  servers: readonly ServerAddress[],
): Promise<readonly Serving[]> {
  const answers = await Promise.all(
    servers.map(async (server) => ({ server, status: await adminStatus(server) })),
  );
  return functions.flatMap((name) =>
    answers.map(({ server, status }) => ({
      function: name,
      server,
      ...(status.ok
        ? { workers: workersFor(status.value, name) }
        : { workers: undefined, problem: status.error.reason }),
    })),
  );
}

function servingLine({ function: name, server, workers, problem }: Serving): string {
  if (workers === undefined)
    return `${name}: cannot tell whether a worker serves it: ${problem ?? formatServer(server)}`;
  if (workers === 0)
    return `${name}: no worker serves it on ${formatServer(server)}; start one: ${startWorkerLine(server, name)}`;
  return `${name}: served by ${workers === 1 ? "1 worker" : `${workers} workers`} on ${formatServer(server)}`;
}
