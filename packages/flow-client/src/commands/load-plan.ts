import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import {
  fail,
  formatFlowProblem,
  defined,
  expressionsIn,
  knownHosts,
  loadFlow,
  problemsOfFlow,
  resolvePlan,
  succeed,
  type FlowProblem,
  type LoadedInventory,
  type PlanNote,
  type Result,
  type RunPlan,
  type ScriptContent,
  type Scripts,
} from "@roadrunner/core";
import { readGivenParams, type ParamSources, type Secrets } from "./given-params.ts";
import { readInventories, type InventoryOptions } from "../inventories/read-inventories.ts";
import { hasLists } from "../named-hosts/list-names.ts";
import { withListsRead, type Around } from "../named-hosts/named-hosts.ts";
import type { CoordinatorOptions } from "../coordinator/index.ts";
import { readInput } from "../usage/read-input.ts";
import { STDIN } from "../usage/stdin.ts";

/** A flow file, or what a command line makes in place of one. */
export interface FlowSource {
  /** Its name, in messages and in the journal; scripts are found from its folder. */
  readonly file: string;
  /** Where it is not read from that file. */
  readonly text?: string;
  /** How a problem is told, where nobody has seen the text. */
  readonly tell?: (problem: FlowProblem) => string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** With where earlier runs are looked for as well. */
export interface PlanSources extends ParamSources, InventoryOptions, CoordinatorOptions {
  readonly flow: FlowSource;
  readonly limit?: string | undefined;
  readonly exclude?: readonly string[] | undefined;
  /** What would undo jobs that fail is left out. */
  readonly "no-undo"?: boolean | undefined;
}

export interface Planned {
  readonly plan: RunPlan;
  readonly notes: readonly PlanNote[];
  /** Values of the plan's secret parameters, as far as files hold them; they stand nowhere in the plan. */
  readonly secrets: Secrets;
  /** Of the flow file's bytes. */
  readonly fileDigest: string;
}

/** SHA-256, hex. */
export function digestOf(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Reads the files and resolves the plan; the error is the text for the operator, every problem in it. */
export async function loadPlan(sources: PlanSources, env: Env): Promise<Result<Planned, readonly string[]>> {
  const { file, text, tell = formatFlowProblem } = sources.flow;
  const flowText = text === undefined ? await readInput(file, "flow") : succeed(Buffer.from(text));
  const inventories = await readInventories(sources);
  const { given, secrets, problems: ofParams } = await readGivenParams(sources);
  if (!flowText.ok)
    return fail([...flowText.error, ...(inventories.ok ? [] : inventories.error), ...ofParams]);
  const flow = loadFlow(flowText.value, { file, params: given });
  const sound = flow.ok ? flow.value : flow.sound;
  const ofFlow = Object.keys(sound?.flow.groups ?? {});
  const naming = async (
    expressions: readonly string[],
  ): Promise<Result<LoadedInventory | undefined, readonly string[]>> =>
    inventories.ok ? inventories.value.naming(expressions, ofFlow) : inventories;
  const inventory = await naming([
    ...(sound === undefined ? [] : expressionsIn(sound)),
    // What those with lists name is asked for when their lists are read.
    ...[...(sources.limit === undefined ? [] : [sources.limit]), ...(sources.exclude ?? [])].filter(
      (one) => !hasLists(one),
    ),
  ]);
  if (!inventory.ok) return fail([...(flow.ok ? [] : flow.error.map(tell)), ...inventory.error, ...ofParams]);
  const scripts = await readScripts(dirname(file), sound?.scripts ?? []);
  const knownIn: Around["knownIn"] = async (expressions) => {
    const found = await naming(expressions);
    return found.ok ? succeed(knownHosts(sound, found.value)) : found;
  };
  const selected = await readSelected(sources, {
    ...{
      knownIn,
      places: { ...sources, env },
      ...(file === STDIN ? { stdinIs: "the flow" } : {}),
    },
  });
  const { limit, exclude } = selected;
  const around = {
    ...{ scripts, random: Math.random, undo: sources["no-undo"] !== true },
    ...defined({ inventory: inventory.value, limit, exclude }),
  };
  const ofOptions = [...ofParams, ...selected.problems];
  if (!flow.ok) return fail([...problemsOfFlow(flow, around).map(tell), ...ofOptions]);
  if (ofOptions.length > 0) {
    const resolved = readable(resolvePlan({ flow: flow.value, ...around }), tell);
    return fail([...(resolved.ok ? [] : resolved.error), ...ofOptions]);
  }
  const planned = readable(resolvePlan({ flow: flow.value, ...around }), tell);
  return planned.ok ? succeed({ ...planned.value, secrets, fileDigest: digestOf(flowText.value) }) : planned;
}

/** `--limit` and `--exclude` with their lists read; what cannot be read is left out, and told. */
async function readSelected(
  { limit, exclude }: PlanSources,
  around: Around,
): Promise<{
  readonly limit?: string;
  readonly exclude?: readonly string[];
  readonly problems: readonly string[];
}> {
  const only = limit === undefined ? undefined : await withListsRead("--limit", limit, around);
  const without = [];
  for (const expression of exclude ?? []) without.push(await withListsRead("--exclude", expression, around));
  return {
    ...(only?.ok === true ? { limit: only.value } : {}),
    ...(exclude === undefined ? {} : { exclude: without.flatMap((one) => (one.ok ? [one.value] : [])) }),
    problems: [only, ...without].flatMap((one) => (one?.ok === false ? one.error : [])),
  };
}

/** Each by the path that the flow writes. */
async function readScripts(folder: string, paths: readonly string[]): Promise<Scripts> {
  const scripts = new Map<string, ScriptContent>();
  for (const path of paths) {
    const file = resolve(folder, path);
    if (await isEndless(file)) {
      scripts.set(path, { unread: `${file} is not a regular file; name one that holds the script` });
      continue;
    }
    const text = await readInput(file, "script");
    scripts.set(path, text.ok ? text.value : { unread: text.error.join("\n") });
  }
  return scripts;
}

/** A FIFO, a socket or a device: to read it might take for ever. */
async function isEndless(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  return found !== undefined && !found.isFile() && !found.isDirectory();
}

/** Problems as texts for people. */
function readable<T>(
  result: Result<T, readonly FlowProblem[]>,
  tell: (problem: FlowProblem) => string = formatFlowProblem,
): Result<T, readonly string[]> {
  return result.ok ? result : fail(result.error.map(tell));
}
