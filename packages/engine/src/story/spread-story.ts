import { spreadNumbers, spreadValue, type JobPlan } from "@roadrunner/core";

/** The values of a label that a job is spread over, by host, and the places of each. */
interface LabelStory {
  readonly label: string;
  readonly valueOf: ReadonlyMap<string, string>;
  /** Of the hosts that take part: with `onlyIfOk` it is known when the job starts who they are. */
  places: ReadonlyMap<string, number>;
}

/** Who has the places of a job that is spread over labels. */
export interface SpreadStory {
  readonly labels: readonly LabelStory[];
  /** Hosts that have ended and keep their place. */
  readonly held: Set<string>;
  /** The job starts: its places are of the hosts that ended ok in the jobs of its `onlyIfOk`. */
  readonly takePart: (isOk: (job: string, host: string) => boolean) => void;
}

/** The value of a label in which the fewest places are free. */
export interface FullestValue {
  readonly label: string;
  readonly value: string;
  readonly taken: number;
  readonly places: number;
  /** Other values that are as full. */
  readonly others: number;
}

/** Undefined where the job is spread over nothing. */
export function newSpread(plan: JobPlan): SpreadStory | undefined {
  const labels = spreadNumbers(plan).map(({ label, values }) => ({
    label,
    valueOf: new Map(plan.hosts.map((host) => [host.name, spreadValue(host, label)])),
    places: placesBy(values),
  }));
  if (labels.length === 0) return undefined;
  const takePart = (isOk: (job: string, host: string) => boolean): void => {
    if (plan.onlyIfOk.length === 0) return;
    const taking = [...plan.hosts.keys()].filter((index) =>
      plan.onlyIfOk.every((job) => isOk(job, plan.hosts[index]?.name ?? "")),
    );
    spreadNumbers(plan, taking).forEach(({ values }, index) => {
      const label = labels[index];
      if (label !== undefined) label.places = placesBy(values);
    });
  };
  return { labels, held: new Set(), takePart };
}

function placesBy(values: ReturnType<typeof spreadNumbers>[number]["values"]): ReadonlyMap<string, number> {
  return new Map(values.map(({ value, places }) => [value, places]));
}

/** For each label of a job; none as long as nobody has a place. */
export function fullestValues(job: {
  readonly spread?: SpreadStory;
  readonly running: ReadonlyMap<string, unknown>;
  readonly waitingForRetry: ReadonlySet<string>;
}): readonly FullestValue[] {
  if (job.spread === undefined) return [];
  const { labels, held } = job.spread;
  const inPlace = [...job.running.keys(), ...job.waitingForRetry, ...held];
  return labels.flatMap(({ label, valueOf, places }) => {
    const taken = new Map<string, number>();
    for (const host of inPlace) {
      const value = valueOf.get(host);
      if (value !== undefined) taken.set(value, (taken.get(value) ?? 0) + 1);
    }
    const fill = ([value, count]: readonly [string, number]): number => count / (places.get(value) ?? 1);
    const most = [...taken].reduce((best, entry) => Math.max(best, fill(entry)), 0);
    const [first, ...others] = [...taken].filter((entry) => fill(entry) === most);
    if (first === undefined) return [];
    const [value, count] = first;
    return [{ label, value, taken: count, places: places.get(value) ?? count, others: others.length }];
  });
}
