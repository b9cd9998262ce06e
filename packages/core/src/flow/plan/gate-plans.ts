import { defined, picked } from "../../optional-fields.ts";
import type { CheckGate, GatePlan } from "../../rollout/plan/gate-plan.ts";
import type { JobPlan } from "../../rollout/plan/plan.ts";
import { GATE_DEFAULTS } from "../defaults.ts";
import type { FlowProblem, Path } from "../problem.ts";
import { gateName } from "../rules/gate-rules.ts";
import type { LocatedJob } from "../schema/flow-file.ts";
import type { WrittenGate } from "../schema/gate-schema.ts";
import { hostPlans } from "./host-plans.ts";
import { hostsOf } from "./job-hosts.ts";
import { settingsOfStage, type Settings } from "./settings.ts";
import type { Surroundings } from "./surroundings.ts";
import { durationOf, workOf } from "./work.ts";

type Around = Pick<Surroundings, "flow" | "params" | "expressions" | "entries">;

/** What a job says of its gates; nothing where it has none. */
export function gatePlans(
  { job, path }: LocatedJob,
  settings: Settings,
  around: Around,
): {
  readonly gates: Pick<JobPlan, "gates" | "bakeMs" | "onGateFail">;
  readonly problems: readonly FlowProblem[];
} {
  if (job.gates === undefined) return { gates: {}, problems: [] };
  const problems: FlowProblem[] = [];
  const gates = job.gates.flatMap((gate, index): readonly GatePlan[] => {
    const own = [...path, "gates", index];
    const check = gate.check === undefined ? undefined : checkOf(gate, job, own, settings, around);
    problems.push(...(check?.problems ?? []));
    if (check !== undefined && check.check === undefined) return [];
    const { timeout, timeoutOfCheck, every, failures } = GATE_DEFAULTS;
    const pool = check?.check?.host.pool ?? gate.pool ?? around.flow.flow.defaults?.pool;
    return [
      {
        name: gate.name ?? gateName(index),
        ...(pool === undefined ? {} : { pool }),
        everyMs: durationOf(gate.every ?? every),
        failures: gate.failures ?? failures,
        timeoutMs: durationOf(gate.timeout ?? (check === undefined ? timeout : timeoutOfCheck)),
        ...askedOf(gate),
        ...(check?.check === undefined ? {} : { check: check.check }),
      },
    ];
  });
  const bakeMs = durationOf(job.bake ?? GATE_DEFAULTS.bake);
  return {
    gates: {
      gates,
      ...(bakeMs === 0 ? {} : { bakeMs }),
      ...(job.onGateFail === "hold" ? { onGateFail: "hold" } : {}),
    },
    problems,
  };
}

/** The bounds and the token may stand in `prometheus`, or beside it. */
function askedOf(gate: WrittenGate): Pick<GatePlan, "prometheus" | "http"> {
  const { prometheus, http } = gate;
  if (prometheus !== undefined)
    return { prometheus: { ...picked(gate, ["max", "min", "token"]), ...definedIn(prometheus) } };
  if (http === undefined) return {};
  return {
    http: { url: http, status: gate.status ?? GATE_DEFAULTS.status, ...picked(gate, ["token"]) },
  };
}

function definedIn({ url, query, max, min, token }: NonNullable<WrittenGate["prometheus"]>) {
  return { url, query, ...defined({ max, min, token }) };
}

/** As a stage at another host: reached by what is known of that host, and not as the job's hosts are. */
function checkOf(
  gate: WrittenGate,
  job: LocatedJob["job"],
  path: Path,
  settings: Settings,
  around: Around,
): { readonly check?: CheckGate; readonly problems: readonly FlowProblem[] } {
  const { check, at = "", user, become, secretEnv, shell, cwd, okCodes, connectTimeout } = gate;
  const found = hostsOf(around.flow, at, [...path, "at"], around.expressions);
  if (found.problems.length > 0 || !found.complete) return { problems: found.problems };
  if (found.hosts.length !== 1) {
    const message = `is ${found.hosts.length} hosts; a check of a gate is run at one`;
    return { problems: [around.flow.problemAt({ path: [...path, "at"] }, message, "write a gate for each")] };
  }
  const { user: _, ...others } = around.flow.flow.defaults ?? {};
  const own = { env: job.env, pool: gate.pool, user };
  const [host] = hostPlans(found.hosts, own, others, around.entries, around.params, []);
  if (host === undefined) throw new Error("bug: a host has no plan");
  const written = { at, become, secretEnv, shell, cwd, okCodes, connectTimeout };
  const timeout = gate.timeout ?? GATE_DEFAULTS.timeoutOfCheck;
  const of = {
    ...settingsOfStage(settings, written),
    ...({ timeout, delivery: "repeatable", onDisconnect: "attached" } as const),
  };
  return {
    check: {
      host,
      ...(gate.env === undefined ? {} : { env: gate.env }),
      work: workOf({ command: check }, of, undefined),
    },
    problems: [],
  };
}
