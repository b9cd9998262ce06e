import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import {
  fail,
  formatFlowProblem,
  loadFlow,
  loadInventory,
  resolvePlan,
  succeed,
  type LoadedInventory,
  type PlanNote,
  type Result,
  type RunPlan,
} from "@roadrunner/core";

export interface PlanSources {
  readonly flow: string;
  readonly inventory?: string | undefined;
  readonly limit?: string | undefined;
  readonly exclude?: string | undefined;
}

export interface Planned {
  readonly plan: RunPlan;
  readonly notes: readonly PlanNote[];
  /** Of the flow file's bytes. */
  readonly fileDigest: string;
}

/** SHA-256, hex. */
export function digestOf(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Reads the files and resolves the plan; the error is the text for the operator, every problem in it. */
export async function loadPlan(sources: PlanSources): Promise<Result<Planned, readonly string[]>> {
  const flowText = await read(sources.flow, "flow");
  if (!flowText.ok) return flowText;
  const flow = loadFlow(flowText.value, { file: sources.flow });
  if (!flow.ok) return fail(flow.error.map(formatFlowProblem));
  let inventory: LoadedInventory | undefined;
  if (sources.inventory !== undefined) {
    const text = await read(sources.inventory, "inventory");
    if (!text.ok) return text;
    const loaded = loadInventory(text.value, { file: sources.inventory });
    if (!loaded.ok) return fail(loaded.error.map(formatFlowProblem));
    inventory = loaded.value;
  }
  const scripts = new Map<string, string>();
  for (const path of flow.value.scripts) {
    const text = await read(resolve(dirname(sources.flow), path), "script");
    if (!text.ok) return text;
    scripts.set(path, text.value.toString("utf8"));
  }
  const planned = resolvePlan({
    flow: flow.value,
    scripts,
    random: Math.random,
    ...(inventory === undefined ? {} : { inventory }),
    ...(sources.limit === undefined ? {} : { limit: sources.limit }),
    ...(sources.exclude === undefined ? {} : { exclude: sources.exclude }),
  });
  return planned.ok
    ? succeed({ ...planned.value, fileDigest: digestOf(flowText.value) })
    : fail(planned.error.map(formatFlowProblem));
}

async function read(path: string, what: string): Promise<Result<Buffer, readonly string[]>> {
  try {
    return succeed(await readFile(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === "ENOENT"
        ? "there is no such file"
        : code === "EACCES"
          ? "it may not be read by this user"
          : code === "EISDIR"
            ? "it is a folder"
            : (error as Error).message;
    return fail([`${path}: cannot read the ${what}: ${why}`]);
  }
}
