import type { JobState } from "../state/job-state.ts";
import type { JobRule } from "../state/job-rule.ts";
import { FAILURES } from "../../work/outcome.ts";
import { orderOf } from "../tasks/take-hosts.ts";
import { allPlacesHeld, placesNow, startable } from "./places.ts";

/** The first rule that the outcomes so far have broken, whatever is still to come. */
export function ruleBrokenByOutcomes(job: JobState): JobRule | undefined {
  const { numbers, step } = job;
  if (job.failures > numbers.allowedFailures) return { type: "success" };
  for (const outcome of FAILURES) {
    const limit = numbers.tolerate[outcome];
    if (limit !== undefined && job.counts[outcome] > limit) return { type: "tolerate", outcome };
  }
  if (step !== undefined && step.failures > step.numbers.size - step.numbers.need) return stepRule(job);
  return undefined;
}

/** A step that has ended without its share of ok hosts, be it for want of failures (hosts withdrawn elsewhere). */
export function ruleBrokenByStepEnd(job: JobState): JobRule | undefined {
  const { step } = job;
  if (step === undefined || step.ended < step.numbers.size || step.ok >= step.numbers.need) return undefined;
  return stepRule(job);
}

export function ruleBrokenByHeldPlaces(job: JobState): JobRule | undefined {
  if (!allPlacesHeld(job)) return undefined;
  return { type: "places", places: placesNow(job) };
}

/** A place is free and nothing is in flight, and yet of the hosts left none can start, now or later. */
export function ruleBrokenByHeldValue(job: JobState): JobRule | undefined {
  if (job.inFlight.size > 0 || startable(job) === 0) return undefined;
  const full = orderOf(job)?.whyNone() ?? [];
  const values = full.map(({ label, value, places, heldBy }) => ({
    value: `${label}=${value}`,
    places,
    heldBy: heldBy.flatMap((host) => job.plan.hosts[host]?.name ?? []),
  }));
  return values.length === 0 ? undefined : { type: "spread", values };
}

function stepRule({ step }: JobState): JobRule | undefined {
  if (step === undefined) return undefined;
  return { type: "step", step: step.index + 1, size: step.numbers.size, need: step.numbers.need };
}
