import {
  fail,
  foldHosts,
  succeed,
  type JobPlan,
  type Result,
  type RunEvent,
  type RunPlan,
} from "@roadrunner/core";

/** An output by the host that has it. */
type Values = Map<string, string>;

/** What an output comes to, for hosts that have none of their own. */
type ForOthers = { readonly value: string } | { readonly why: string };

interface Known {
  readonly values: Values;
  /** Made when it is asked for, and not for each of 100,000 hosts. */
  forOthers: ForOthers | undefined;
}

const MOST_TOLD = 3;
const MOST_CHARACTERS = 200;

/** The outputs of a run that its later jobs take, as far as they are known: those of tasks that ended ok. */
export class TakenOutputs {
  /** By job, then by name. */
  readonly #known = new Map<string, Map<string, Known>>();

  constructor(plan: Pick<RunPlan, "slots" | "finally">) {
    for (const { jobs } of [...plan.slots, ...plan.finally])
      for (const { envFrom } of jobs)
        for (const { from, name } of Object.values(envFrom ?? {})) {
          let names = this.#known.get(from);
          if (names === undefined) this.#known.set(from, (names = new Map()));
          if (!names.has(name)) names.set(name, { values: new Map(), forOthers: undefined });
        }
  }

  /** Takes in events as they are recorded, or stand in the journal of a run that goes on. */
  hear(events: readonly RunEvent[]): void {
    if (this.#known.size === 0) return;
    for (const event of events) {
      if (event.type !== "task.ended" || !event.final) continue;
      for (const [name, known] of this.#known.get(event.job) ?? []) {
        const value = event.outcome === "ok" ? event.outputs?.[name] : undefined;
        if (value === undefined) known.values.delete(event.host);
        else known.values.set(event.host, value);
        known.forOthers = undefined;
      }
    }
  }

  /** The variables of this job on this host whose values are outputs; or why one of them has none. */
  variablesOf(
    { envFrom = {} }: Pick<JobPlan, "envFrom">,
    host: string,
  ): Result<Record<string, string>, string> {
    const variables: [string, string][] = [];
    for (const [variable, { from, name }] of Object.entries(envFrom)) {
      const value = this.#valueOf(from, name, host);
      if (!value.ok) return fail(`${variable} has no value on ${host}: ${value.error}`);
      variables.push([variable, value.value]);
    }
    return succeed(Object.fromEntries(variables));
  }

  #valueOf(from: string, name: string, host: string): Result<string, string> {
    const known = this.#known.get(from)?.get(name);
    if (known === undefined) throw new Error(`bug: no job takes output ${name} of job ${from}`);
    const { values } = known;
    return chooseOutput(values, host, () => (known.forOthers ??= valueForOthers(values, from, name)));
  }
}

/**
 * Which value of an output a host has: its own; else the only one that there is, be it of one host or the same of
 * several. Else the error names the hosts.
 */
export function chooseOutput(
  values: ReadonlyMap<string, string>,
  host: string,
  forOthers: () => ForOthers,
): Result<string, string> {
  const own = values.get(host);
  if (own !== undefined) return succeed(own);
  const others = forOthers();
  return "why" in others ? fail(others.why) : succeed(others.value);
}

export function valueForOthers(values: ReadonlyMap<string, string>, from: string, name: string): ForOthers {
  const hosts = new Map<string, string[]>();
  for (const [host, value] of values) {
    const same = hosts.get(value);
    if (same === undefined) hosts.set(value, [host]);
    else same.push(host);
  }
  const [only] = hosts.keys();
  if (only === undefined) return { why: `no host of job ${from} that ended ok has output ${name}` };
  if (hosts.size === 1) return { value: only };
  // The same text on every host and in every run: they end in any order.
  const groups = Array.from(hosts.values(), (same) => shortened(foldHosts(same.toSorted()))).toSorted();
  const more = groups.length > MOST_TOLD ? ` and ${groups.length - MOST_TOLD} more` : "";
  const told = groups.slice(0, MOST_TOLD).join(" and ");
  return { why: `it has no output ${name} of job ${from} itself, and those of ${told}${more} differ` };
}

function shortened(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)}…`;
}
