import type { Path } from "../problem.ts";
import { locatedGates, locatedJobs } from "../schema/flow-file.ts";
import { OF_CHECK } from "../schema/gate-schema.ts";
import { quote } from "../source/visible.ts";
import type { Fault, Rule } from "./rule.ts";

const KINDS = ["prometheus", "http", "check"] as const;
const BOUNDS = ["max", "min"] as const;

/** Which kinds of gate have each of the fields that not all of them have. */
const FIELDS_OF: readonly (readonly [field: string, kinds: readonly (typeof KINDS)[number][]])[] = [
  ["max", ["prometheus"]],
  ["min", ["prometheus"]],
  ["token", ["prometheus", "http"]],
  ["status", ["http"]],
  ...Object.keys(OF_CHECK).map((field) => [field, ["check"]] as const),
];

/** A gate asks one thing, and has nothing that is of another one. */
const asksOneThing: Rule = (flow, refused) =>
  locatedGates(flow).flatMap(({ gate, path }): readonly Fault[] => {
    const [kind, second] = KINDS.filter((one) => gate[one] !== undefined);
    if (KINDS.some((one) => refused([...path, one]))) return [];
    if (kind === undefined)
      return [{ position: { path }, message: "a gate needs prometheus, http or check: what is asked" }];
    if (second !== undefined)
      return [keyFault([...path, second], `a gate asks one thing, and this one asks ${kind} already`)];
    const written: Partial<Record<string, unknown>> = gate;
    const foreign = FIELDS_OF.filter(
      ([field, kinds]) => written[field] !== undefined && !kinds.includes(kind),
    );
    const faults = foreign.map(([field, kinds]) =>
      keyFault([...path, field], `${field} is of ${kinds.join(" and ")}, and this gate asks ${kind}`),
    );
    if (kind === "check" && gate.at === undefined && !refused([...path, "at"]))
      faults.push(keyFault([...path, "check"], "a check needs at: the host at which it is run"));
    return faults;
  });

/** A value is judged by bounds that something lies within, each of them written once. */
const boundsAreSound: Rule = (flow, refused) =>
  locatedGates(flow).flatMap(({ gate, path }): readonly Fault[] => {
    const { prometheus } = gate;
    if (prometheus === undefined) return [];
    const inside = [...path, "prometheus"];
    const twice = ([...BOUNDS, "token"] as const)
      .filter((field) => gate[field] !== undefined && prometheus[field] !== undefined)
      .map((field) => keyFault([...path, field], `${field} stands in prometheus as well`));
    if (twice.length > 0) return twice;
    if (BOUNDS.some((bound) => refused([...path, bound]) || refused([...inside, bound]))) return [];
    const max = gate.max ?? prometheus.max;
    const min = gate.min ?? prometheus.min;
    if (max === undefined && min === undefined)
      return [keyFault(inside, "nothing says which values pass: write max, min or both")];
    if (max === undefined || min === undefined || max >= min) return [];
    const at = gate.max === undefined ? inside : path;
    const message = `max is ${max} and min is ${min}: no value would pass`;
    return [{ position: { path: [...at, "max"] }, message }];
  });

/** Names of gates are unique in their job, those of nameless gates included. */
const uniqueGates: Rule = (flow) => {
  const first = new Map<string, number>();
  return locatedGates(flow).flatMap(({ gate, path, index }): readonly Fault[] => {
    const name = gate.name ?? gateName(index);
    const key = `${path.slice(0, -1).join(".")} ${name}`;
    const other = first.get(key);
    first.set(key, other ?? index);
    if (other === undefined) return [];
    return [
      {
        position: { path: gate.name === undefined ? path : [...path, "name"] },
        message: `two gates are named ${quote(name)}; the other is gate ${other + 1}`,
      },
    ];
  });
};

/** Without gates nothing is watched, and nothing fails. */
const watchesGates: Rule = (flow, refused) =>
  locatedJobs(flow).flatMap(({ job, path }): readonly Fault[] => {
    if (job.gates !== undefined || refused([...path, "gates"])) return [];
    const bake = {
      ...keyFault([...path, "bake"], "bake is how long gates are watched, and this job has none"),
      hint: "without gates, wait is what pauses between steps",
    };
    const onGateFail = keyFault(
      [...path, "onGateFail"],
      "onGateFail says what a gate does, and this job has none",
    );
    return [...(job.bake === undefined ? [] : [bake]), ...(job.onGateFail === undefined ? [] : [onGateFail])];
  });

export const GATE_RULES: readonly Rule[] = [asksOneThing, boundsAreSound, uniqueGates, watchesGates];

function keyFault(path: Path, message: string): Fault {
  return { position: { path, at: "key" }, message };
}

/** Of a gate without one. */
export function gateName(index: number): string {
  return `gate-${index + 1}`;
}
