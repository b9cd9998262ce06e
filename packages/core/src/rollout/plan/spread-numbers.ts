import { placesOf } from "./amount.ts";
import type { Amount, JobPlan } from "./plan.ts";
import type { HostPlan } from "./host-plan.ts";

/** A label over whose values a job is spread, and what that comes to for each of them. */
export interface SpreadNumbers {
  readonly label: string;
  readonly most: Amount;
  /** In the order in which the job's hosts name them. */
  readonly values: readonly ValueNumbers[];
}

export interface ValueNumbers {
  readonly value: string;
  /** Hosts of the job that have it. */
  readonly hosts: number;
  /** So many of them at once: a share is of these hosts, floor, and at least 1. */
  readonly places: number;
}

/** @param hosts indices of those that take part. */
export function spreadNumbers(
  { spread = [], hosts: all }: Pick<JobPlan, "spread" | "hosts">,
  hosts: Iterable<number> = all.keys(),
): readonly SpreadNumbers[] {
  if (spread.length === 0) return [];
  const counted = [...hosts].map((index) => all[index]);
  return spread.map(({ label, most }) => {
    const counts = new Map<string, number>();
    for (const host of counted) {
      const value = spreadValue(host, label);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    const values = [...counts].map(([value, n]) => ({ value, hosts: n, places: placesOf(most, n) }));
    return { label, most, values };
  });
}

/** A plan that was made from files has a value for each label of its spread; without one hosts are one value more. */
export function spreadValue(host: HostPlan | undefined, label: string): string {
  return host?.labels?.[label] ?? "";
}

/** Most hosts at once that the spread lets run: of each label its values' places together. */
export function mostBySpread(spread: readonly SpreadNumbers[]): number {
  const sums = spread.map(({ values }) => values.reduce((sum, { places }) => sum + places, 0));
  return Math.min(Infinity, ...sums);
}
