import { spreadValue, type SpreadNumbers } from "../plan/spread-numbers.ts";
import type { HostPlan } from "../plan/host-plan.ts";

/** A value of a label, `rack=r7`, and who has its places. */
export interface Value {
  readonly label: string;
  readonly value: string;
  readonly places: number;
  /** Hosts in flight, and those that have ended and hold their place. */
  taken: number;
  /** Indices into the plan's hosts of those that have ended and hold their place. */
  readonly heldBy: number[];
}

/** Hosts with the same values fit or do not fit together, so they wait in one line. */
export type Combination = readonly Value[];

/** The places that a job's spread gives to each value. */
export class ValuePlaces {
  readonly #ofHost: readonly Combination[];

  constructor(spread: readonly SpreadNumbers[], hosts: readonly HostPlan[]) {
    const values = spread.map(
      ({ label, values: of }) =>
        new Map(of.map(({ value, places }) => [value, { label, value, places, taken: 0, heldBy: [] }])),
    );
    const combinations = new Map<string, Combination>();
    this.#ofHost = hosts.map((host) => {
      const own = spread.map(({ label }) => spreadValue(host, label));
      const key = JSON.stringify(own);
      const known = combinations.get(key);
      if (known !== undefined) return known;
      const made = own.flatMap((value, index) => values[index]?.get(value) ?? []);
      combinations.set(key, made);
      return made;
    });
  }

  /** @param host index into the plan's hosts. */
  of(host: number): Combination {
    return this.#ofHost[host] ?? [];
  }

  take(host: number): void {
    for (const value of this.of(host)) value.taken += 1;
  }

  giveBack(host: number): void {
    for (const value of this.of(host)) value.taken -= 1;
  }

  /** It has ended and keeps its places. */
  hold(host: number): void {
    for (const value of this.of(host)) value.heldBy.push(host);
  }
}

export function isFull(value: Value): boolean {
  return value.taken >= value.places;
}
