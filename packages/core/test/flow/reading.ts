import { formatFlowProblem } from "../../src/flow/problem.ts";
import type { FlowProblem } from "../../src/flow/problem.ts";
import { loadFlow } from "../../src/flow/load-flow.ts";
import type { LoadedFlow } from "../../src/flow/load-flow.ts";
import { loadInventory } from "../../src/flow/inventory/load-inventory.ts";
import { resolvePlan } from "../../src/flow/resolve-plan.ts";
import type { PlanInput, ResolvedPlan } from "../../src/flow/resolve-plan.ts";
import type { JobPlan } from "../../src/rollout/plan/plan.ts";

/** A flow as plain data, of which a test writes only what it is about. */
export type Written = Record<string, unknown>;

/** One job in one slot; what is not given is made up. */
export function oneJob(job: Written, flow: Written = {}): string {
  return JSON.stringify({ ...flow, slots: [{ jobs: [{ hosts: "db[1-10]", command: "true", ...job }] }] });
}

export function load(text: string | Uint8Array): LoadedFlow {
  const loaded = loadFlow(text, { file: "flow.json" });
  if (!loaded.ok) throw new Error(loaded.error.map(formatFlowProblem).join("\n"));
  return loaded.value;
}

export function problemsOf(text: string | Uint8Array): readonly FlowProblem[] {
  const loaded = loadFlow(text, { file: "flow.json" });
  return loaded.ok ? [] : loaded.error;
}

/** `line:column path: message` of each. */
export function shortly(problems: readonly FlowProblem[]): readonly string[] {
  return problems.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`);
}

export type Around = Partial<Omit<PlanInput, "flow" | "inventory">> & {
  readonly inventory?: Written | string;
};

export function resolve(
  flow: string,
  { inventory, ...options }: Around = {},
): ReturnType<typeof resolvePlan> {
  const text = typeof inventory === "string" ? inventory : JSON.stringify(inventory);
  const known = inventory === undefined ? undefined : loadInventory(text, { file: "inventory.yaml" });
  if (known !== undefined && !known.ok) throw new Error(known.error.map(formatFlowProblem).join("\n"));
  return resolvePlan({ flow: load(flow), inventory: known?.value, random: () => 0.5, ...options });
}

export function planOf(flow: string, around?: Around): ResolvedPlan {
  const resolved = resolve(flow, around);
  if (!resolved.ok) throw new Error(resolved.error.map(formatFlowProblem).join("\n"));
  return resolved.value;
}

export function planProblems(flow: string, around?: Around): readonly string[] {
  const resolved = resolve(flow, around);
  return resolved.ok ? [] : shortly(resolved.error);
}

/** The plan's job of that number, counted through all slots from 0. */
export function jobOf({ plan }: ResolvedPlan, index = 0): JobPlan {
  const job = [...plan.slots, ...plan.finally].flatMap((slot) => slot.jobs)[index];
  if (job === undefined) throw new Error(`the plan has no job ${index}`);
  return job;
}

export function names(job: JobPlan): readonly string[] {
  return job.hosts.map((host) => host.name);
}

/** A flow of these jobs by slot, as text. */
export const flow = (slots: readonly (readonly object[])[], more: object = {}): string =>
  JSON.stringify({ ...more, slots: slots.map((jobs) => ({ jobs })) });

export const job = (fields: object): object => ({ hosts: "db[1-4]", command: "true", ...fields });
