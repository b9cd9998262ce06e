import { FAILURES } from "../../work/outcome.ts";
import type { Amount, JobPlan } from "../../rollout/plan/plan.ts";
import { parseAmount } from "../amount.ts";
import type { AmountUse } from "../amount.ts";
import { asList } from "../schema/flow-file.ts";
import { quote } from "../source/visible.ts";
import type { Settings } from "./settings.ts";
import { durationOf } from "./work.ts";

/** The job as the rollout decides it. */
export function jobPlan(
  name: string,
  settings: Settings,
  parts: Pick<JobPlan, "hosts" | "success" | "envFrom" | "work" | "stages"> & {
    readonly gates: Pick<JobPlan, "gates" | "bakeMs" | "onGateFail">;
  },
): JobPlan {
  const [first = settings.parallelism, ...further] = asList(settings.parallelism);
  const deadlineMs = settings.deadline === undefined ? 0 : durationOf(settings.deadline);
  return {
    name,
    hosts: parts.hosts,
    success: parts.success,
    parallelism: [amountOf(first, "parallelism"), ...further.map((step) => amountOf(step, "parallelism"))],
    stepped: Array.isArray(settings.parallelism),
    stepSuccess: stepSuccessOf(settings),
    waitMs: durationOf(settings.wait),
    tolerate: tolerateOf(settings.tolerate ?? {}),
    ...spreadOf(settings.spread),
    // A host that failed half-way is down.
    failedHostsHoldPlaces: settings.failedHostsHoldPlaces ?? parts.stages !== undefined,
    boundFailures: settings.boundFailures,
    onlyIfOk: asList(settings.onlyIfOk),
    retries: settings.retries,
    retryDelayMs: durationOf(settings.retryDelay),
    retryOn: settings.retryOn,
    ...(deadlineMs === 0 ? {} : { deadlineMs }),
    ...parts.gates,
    ...(parts.envFrom === undefined ? {} : { envFrom: parts.envFrom }),
    ...(parts.work === undefined ? {} : { work: parts.work }),
    ...(parts.stages === undefined ? {} : { stages: parts.stages }),
  };
}

/** An amount that the schema has let through. */
export function amountOf(written: unknown, use: AmountUse): Amount {
  const parsed = parseAmount(written, use);
  if (!parsed.ok) throw new Error(`bug: the schema let the amount ${quote(written)} through for ${use}`);
  return parsed.value;
}

/** `success` where that is a share, else all. */
function stepSuccessOf(settings: Settings): Amount {
  if (settings.stepSuccess !== undefined) return amountOf(settings.stepSuccess, "stepSuccess");
  const success = amountOf(settings.success, "success");
  return success.kind === "share" ? success : { kind: "share", hundredths: 10_000 };
}

/** Without one the plan of a flow that has none would not be what it was. */
function spreadOf(written: Settings["spread"]): Pick<JobPlan, "spread"> {
  const spread = Object.entries(written ?? {}).map(([label, most]) => ({
    label,
    most: amountOf(most, "spread"),
  }));
  return spread.length === 0 ? {} : { spread };
}

function tolerateOf(written: NonNullable<Settings["tolerate"]>): JobPlan["tolerate"] {
  return Object.fromEntries(
    FAILURES.flatMap((outcome) => {
      const amount = written[outcome];
      return amount === undefined ? [] : [[outcome, amountOf(amount, "tolerate")]];
    }),
  );
}
