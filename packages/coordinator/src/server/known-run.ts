import { defined, succeed, type Result } from "@roadrunner/core";
import { runIdSchema, type RunRow, type Told } from "@roadrunner/engine/api";
import type { CarriedRun } from "../carry/run/carried-run.ts";
import { ofStore, refuse, type Refusal } from "../carry/refusal.ts";
import type { Who } from "../login/logins.ts";
import type { KnownRun, Store } from "../store/store.ts";

const LAST = "last";
const BEGINNING = /^\d[\da-z-]{0,23}$/;
const MOST_NAMED = 5;

/**
 * The run that is meant by an id, the beginning of one, or `last`: the newest, and for somebody who is logged in the newest
 * of his own, so that nobody stops another's by that word.
 * @param principal who is logged in; absent: whoever owns the socket
 */
export async function findRun(
  store: Store,
  name: string,
  principal?: string,
): Promise<Result<KnownRun, Refusal>> {
  if (name === LAST) return findLast(store, principal);
  if (runIdSchema.safeParse(name).success) {
    const known = await store.run(name);
    if (!known.ok) return ofStore(known.error);
    return known.value === undefined ? noRun(store, name) : succeed(known.value);
  }
  if (!BEGINNING.test(name))
    return refuse(
      "noSuchRun",
      `${JSON.stringify(name.slice(0, 60))} is no run: name one by its id, the beginning of it, or last`,
    );
  const found = await store.runsBeginningWith(name, MOST_NAMED + 1);
  if (!found.ok) return ofStore(found.error);
  const [first, ...others] = found.value;
  if (first === undefined) return noRun(store, `whose id begins with ${name}`);
  if (others.length === 0) return succeed(first);
  const names = found.value.slice(0, MOST_NAMED).map(({ run }) => run);
  const more = others.length >= MOST_NAMED ? ", …" : "";
  return refuse(
    "ambiguousRun",
    `several runs begin with ${name}: ${names.join(", ")}${more}\nName more of the one that is meant.`,
  );
}

async function findLast(store: Store, principal: string | undefined): Promise<Result<KnownRun, Refusal>> {
  const found = await store.runs({ limit: 1, ...defined({ principal }) });
  if (!found.ok) return ofStore(found.error);
  const [newest] = found.value;
  if (newest !== undefined) return succeed(newest);
  if (principal === undefined) return refuse("noSuchRun", `${store.name} has no run yet`);
  return refuse(
    "noSuchRun",
    `${principal} has handed over no run that is here: last is the newest of one's own; rr-submit runs lists those of others`,
  );
}

function noRun(store: Store, which: string): Result<never, Refusal> {
  return refuse("noSuchRun", `${store.name} has no run ${which}; rr-submit runs lists those that there are`);
}

/** Of a run that is another's than who asks. */
export function whoseRun(
  { principal, by }: Pick<KnownRun, "principal" | "by">,
  who: Pick<Who, "principal">,
): Pick<Told, "whose"> {
  return principal === who.principal ? {} : { whose: principal ?? by };
}

/** A run as a list shows it. @param here as it is carried here, if it is */
export function rowOfKnown(known: KnownRun, here: Pick<CarriedRun, "row" | "waitsFor"> | undefined): RunRow {
  const { run, flow, by, principal, carried, ended } = known;
  const row: RunRow = here?.row ?? known.row ?? { run, name: flow, state: "open", started: "", counts: {} };
  const state = ended ? row.state : carried ? "running" : "open";
  return { ...row, state, by, ...defined({ principal, reason: here?.waitsFor }) };
}
