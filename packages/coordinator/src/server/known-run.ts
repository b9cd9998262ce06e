import { defined, succeed, type Result } from "@roadrunner/core";
import { runIdSchema, type RunRow } from "@roadrunner/engine/api";
import type { CarriedRun } from "../carry/carried-run.ts";
import { ofStore, refuse, type Refusal } from "../carry/refusal.ts";
import type { KnownRun, Store } from "../store/store.ts";

const LAST = "last";
const BEGINNING = /^\d[\da-z-]{0,23}$/;
const MOST_NAMED = 5;

/** The run that is meant by an id, the beginning of one, or `last`. */
export async function findRun(store: Store, name: string): Promise<Result<KnownRun, Refusal>> {
  if (runIdSchema.safeParse(name).success) {
    const known = await store.run(name);
    if (!known.ok) return ofStore(known.error);
    return known.value === undefined ? noRun(store, name) : succeed(known.value);
  }
  if (name !== LAST && !BEGINNING.test(name))
    return refuse(
      "noSuchRun",
      `${JSON.stringify(name.slice(0, 60))} is no run: name one by its id, the beginning of it, or last`,
    );
  const found = await store.runsBeginningWith(name === LAST ? "" : name, name === LAST ? 1 : MOST_NAMED + 1);
  if (!found.ok) return ofStore(found.error);
  const [first, ...others] = found.value;
  if (first === undefined)
    return name === LAST
      ? refuse("noSuchRun", `${store.name} has no run yet`)
      : noRun(store, `whose id begins with ${name}`);
  if (others.length === 0) return succeed(first);
  const names = found.value.slice(0, MOST_NAMED).map(({ run }) => run);
  const more = others.length >= MOST_NAMED ? ", …" : "";
  return refuse(
    "ambiguousRun",
    `several runs begin with ${name}: ${names.join(", ")}${more}\nName more of the one that is meant.`,
  );
}

function noRun(store: Store, which: string): Result<never, Refusal> {
  return refuse("noSuchRun", `${store.name} has no run ${which}; rr-submit runs lists those that there are`);
}

/** A run as a list shows it. @param here as it is carried here, if it is */
export function rowOfKnown(known: KnownRun, here: Pick<CarriedRun, "row" | "waitsFor"> | undefined): RunRow {
  const { run, flow, by, principal, carried, ended } = known;
  const row: RunRow = here?.row ?? known.row ?? { run, name: flow, state: "open", started: "", counts: {} };
  const state = ended ? row.state : carried ? "running" : "open";
  return { ...row, state, by, ...defined({ principal, reason: here?.waitsFor }) };
}
