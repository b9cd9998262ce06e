import type { Host } from "../../hosts/host.ts";
import { labelOf } from "../inventory/host-entries.ts";
import type { HostPlan } from "../../rollout/plan/host-plan.ts";
import type { WrittenDefaults, WrittenJob } from "../schema/job-schema.ts";
import type { HostEntry } from "../schema/inventory-schema.ts";
import { plainIn } from "../schema/job-env.ts";
import type { InventoryEntries } from "./inventory-entries.ts";

/** Values of parameters, by the variable that each is. */
export type ParamVariables = Readonly<Record<string, string>>;

/**
 * How each host is reached and with which variables. user: `user@` in the expression, job, `defaults`,
 * inventory. pool: job, inventory, `defaults`. env: parameters, `defaults`, inventory, job, merged by name. Of its labels
 * those that are asked about.
 */
export function hostPlans(
  hosts: readonly Host[],
  job: Pick<WrittenJob, "user" | "pool" | "env">,
  defaults: Pick<WrittenDefaults, "user" | "pool" | "env"> | undefined,
  entries: InventoryEntries,
  params: ParamVariables,
  asked: readonly string[],
): readonly HostPlan[] {
  const merged = new Map<object | undefined, HostPlan["env"]>();
  const envWith = (ofInventory: Readonly<Record<string, string>> | undefined): HostPlan["env"] => {
    if (!merged.has(ofInventory))
      // An output is set when it is known, and nothing else of the same name is.
      merged.set(ofInventory, plainIn({ ...params, ...defaults?.env, ...ofInventory, ...job.env }));
    return merged.get(ofInventory);
  };
  // Each once, since thousands of hosts have the same.
  const chosen = new Map<string, HostPlan["labels"]>();
  const labelsOf = (entry: HostEntry | undefined): HostPlan["labels"] => {
    if (asked.length === 0) return undefined;
    const own = Object.fromEntries(
      asked.flatMap((label) => {
        const value = labelOf(entry, label);
        return value === undefined ? [] : [[label, value] as const];
      }),
    );
    const key = JSON.stringify(own);
    const known = chosen.get(key) ?? own;
    chosen.set(key, known);
    return known;
  };
  return hosts.map((host): HostPlan => {
    const entry = entries.get(host.name);
    const user = host.user ?? job.user ?? defaults?.user ?? entry?.user;
    const port = host.port ?? entry?.port;
    const pool = job.pool ?? entry?.pool ?? defaults?.pool;
    const env = envWith(entry?.env) ?? {};
    const labels = labelsOf(entry);
    const { name } = host;
    const hasEnv = Object.keys(env).length > 0;
    // Most hosts are a name; what is spread together takes ten times the memory, and there may be a million.
    if (
      entry?.address === undefined &&
      port === undefined &&
      user === undefined &&
      pool === undefined &&
      labels === undefined &&
      entry?.transport === undefined &&
      !hasEnv
    )
      return { name };
    return {
      name,
      ...(entry?.address === undefined ? {} : { address: entry.address }),
      ...(port === undefined ? {} : { port }),
      ...(user === undefined ? {} : { user }),
      ...(pool === undefined ? {} : { pool }),
      ...(entry?.transport === undefined ? {} : { transport: entry.transport }),
      ...(labels === undefined ? {} : { labels }),
      ...(hasEnv ? { env } : {}),
    };
  });
}
