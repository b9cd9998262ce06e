import { worksOf } from "../../rollout/plan/stages.ts";
import type { JobPlan } from "../../rollout/plan/plan.ts";
import type { HostPlan } from "../../rollout/plan/host-plan.ts";
import { quote } from "../source/visible.ts";
import { utf8Length } from "../source/utf8.ts";

/** A workload has at most 1 MiB; this leaves enough for the ids and names around command and variables. */
const MAX_BYTES = 1_000_000;

/** Why some host's task would not fit into a workload, or be more than a host's kernel takes. */
export function tooLarge(job: JobPlan): string | undefined {
  const work = Math.max(...worksOf(job).map((one) => utf8Length(JSON.stringify(one))));
  const seen = new Set<HostPlan["env"]>();
  for (const { name, env } of [...job.hosts, ...(job.stages ?? []).flatMap(({ at }) => at?.hosts ?? [])]) {
    if (seen.has(env)) continue;
    seen.add(env);
    const bytes = work + utf8Length(JSON.stringify(env ?? {}));
    if (bytes > MAX_BYTES) {
      return `command or script and variables for ${name} have ${bytes} bytes; a task can have ${MAX_BYTES}`;
    }
  }
  for (const { name, check } of job.gates ?? []) {
    if (check === undefined) continue;
    const bytes = utf8Length(JSON.stringify([check.work, check.env, check.host.env]));
    if (bytes > MAX_BYTES)
      return `command and variables of gate ${quote(name)} have ${bytes} bytes; a task can have ${MAX_BYTES}`;
  }
  return undefined;
}
