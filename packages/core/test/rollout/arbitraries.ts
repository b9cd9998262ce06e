import fc from "fast-check";
import { FAILURES } from "../../src/work/outcome.ts";
import type { Amount, JobPlan, RunPlan, SlotPlan } from "../../src/rollout/plan/plan.ts";
import type { HostPlan } from "../../src/rollout/plan/host-plan.ts";
import { count, job, share, WORK } from "../../../../test/support/plans.ts";

/** Random plans of a few jobs on a few hosts: small, so that rules meet, and shrinkable. */

const POOL: readonly HostPlan[] = Array.from({ length: 14 }, (_, index) => ({
  name: `h${index + 1}`,
  labels: { rack: `r${index % 5}`, zone: `z${index % 2}` },
}));

const shares = fc.oneof(
  fc.constantFrom(0, 1, 29, 50, 80, 100).map(share),
  fc.integer({ min: 0, max: 10_000 }).map((hundredths): Amount => ({ kind: "share", hundredths })),
);
const places = fc.oneof(fc.integer({ min: 1, max: 6 }).map(count), shares);
const limits = fc.oneof(fc.integer({ min: 0, max: 4 }).map(count), shares);

const stagesOf = fc.oneof(
  { weight: 2, arbitrary: fc.constant(undefined) },
  {
    weight: 2,
    arbitrary: fc.array(
      fc.record({
        asks: fc.boolean(),
        always: fc.boolean(),
        retries: fc.integer({ min: 0, max: 2 }),
        retryDelayMs: fc.constantFrom(0, 5000),
        retryOn: fc.constant([...FAILURES]),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  },
);

const jobFields = fc.record({
  hosts: fc.subarray([...POOL]).chain((hosts) => fc.shuffledSubarray(hosts, { minLength: hosts.length })),
  success: fc.oneof(
    { weight: 3, arbitrary: shares },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 14 }).map(count) },
  ),
  parallelism: fc.array(places, { minLength: 1, maxLength: 3 }),
  stepped: fc.boolean(),
  stepSuccess: shares,
  waitMs: fc.constantFrom(0, 0, 60_000),
  tolerate: fc.dictionary(fc.constantFrom(...FAILURES), limits, { maxKeys: 2 }),
  spread: fc.oneof(
    { weight: 2, arbitrary: fc.constant(undefined) },
    {
      weight: 3,
      arbitrary: fc
        .tuple(fc.subarray(["rack", "zone"], { minLength: 1 }), places, places)
        .map(([labels, ...mosts]) =>
          labels.map((label, index) => ({ label, most: mosts[index] ?? count(1) })),
        ),
    },
  ),
  stages: stagesOf,
  failedHostsHoldPlaces: fc.boolean(),
  boundFailures: fc.boolean(),
  retries: fc.integer({ min: 0, max: 2 }),
  retryDelayMs: fc.constantFrom(0, 5000),
  retryOn: fc.oneof(fc.constant([...FAILURES]), fc.subarray([...FAILURES])),
  deadlineMs: fc.option(fc.constantFrom(1000, 90_000, 3_600_000), { nil: undefined, freq: 4 }),
  asks: fc.array(fc.nat(9), { maxLength: 2 }),
});
type Fields = typeof jobFields extends fc.Arbitrary<infer F> ? F : never;

const slotFields = fc.record({
  failFast: fc.boolean(),
  confirm: fc.option(fc.constant("Go on?"), { nil: undefined, freq: 4 }),
  jobs: fc.array(jobFields, { maxLength: 3 }),
});

export const plans: fc.Arbitrary<RunPlan> = fc
  .record({
    slots: fc.array(slotFields, { minLength: 1, maxLength: 3 }),
    last: fc.array(slotFields, { maxLength: 2 }),
  })
  .map(({ slots, last }) => {
    const earlier: string[] = [];
    const slotOf = ({ jobs, confirm, failFast }: (typeof slots)[number]): SlotPlan => {
      const before = [...earlier];
      const made = jobs.map((fields) => {
        const name = `j${earlier.length + 1}`;
        earlier.push(name);
        return jobOf(name, fields, before);
      });
      return { failFast, ...(confirm === undefined ? {} : { confirm }), jobs: made };
    };
    return { name: "flow", slots: slots.map(slotOf), finally: last.map(slotOf) };
  });

function jobOf(name: string, fields: Fields, earlier: readonly string[]): JobPlan {
  const { asks, deadlineMs, parallelism, success, hosts, stepped, spread, stages, ...rest } = fields;
  const [first = count(1), ...further] = stepped ? parallelism : parallelism.slice(0, 1);
  return job({
    name,
    hosts,
    ...rest,
    // A number above the hosts there are is an error of the flow; onlyIfOk may still leave fewer.
    success: success.kind === "count" && success.count > hosts.length ? share(100) : success,
    stepped,
    parallelism: [first, ...further],
    onlyIfOk: asks.flatMap((ask) => earlier[ask] ?? []),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    ...(spread === undefined ? {} : { spread }),
    ...waysOf(stages),
  });
}

function waysOf(stages: Fields["stages"]): Pick<JobPlan, "stages"> {
  // The first one may ask about the others, so that it is not alone, and does not run always.
  const isAsked = stages !== undefined && stages.length > 1 && (stages[0]?.asks ?? false);
  const [first, ...more] = (stages ?? []).map(({ asks: _asks, ...stage }, index) => ({
    name: `s${index + 1}`,
    ...stage,
    ...(isAsked && index === 0 ? { asks: true as const, always: false } : {}),
    work: WORK,
  }));
  return first === undefined ? {} : { stages: [first, ...more] };
}

/** Chance in one run. */
export interface Luck {
  readonly seed: number;
  /** After so many throws all goes well; shrinking makes it small. */
  readonly throws: number;
  /** Of a hundred ends, how many are not ok. */
  readonly trouble: number;
}

export const lucks: fc.Arbitrary<Luck> = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  throws: fc.oneof(fc.nat(100), fc.nat(1500)),
  trouble: fc.constantFrom(3, 10, 25, 60),
});

/** Throws of the dice, each below 2^32, the same for the same seed (a xorshift generator). */
export function dice(seed: number): () => number {
  let state = seed ^ 0x2545f491 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
