import { fail, succeed, type Result } from "@roadrunner/core";
import { wrongUse, type Refusal } from "../usage/refusal.ts";
import type { CoordinatorClient, Who } from "./client.ts";

interface OwnedRun {
  readonly run: string;
  /** Who handed it over, as his login proved; absent: whoever owns the coordinator's socket. */
  readonly principal?: string | undefined;
}

/** Asks before somebody looks at what he is to vouch for: whoever may not sign for a run is not invited to. */
export async function mayGoOn(client: CoordinatorClient, run: OwnedRun): Promise<Result<void, Refusal>> {
  const who = await client.who();
  if (!who.ok) return fail(who.error.refusal);
  const fault = who.value === undefined ? undefined : goOnFault(who.value, run);
  return fault === undefined ? succeed(undefined) : fail(wrongUse(fault));
}

/** Why the coordinator would take no signature of this login for the run; undefined: it would. */
export function goOnFault(
  { principal: name, role }: Pick<Who, "principal" | "role">,
  { run, principal }: OwnedRun,
): string | undefined {
  if (role === "all" || (role === "own" && principal === name)) return undefined;
  const owner = principal ?? "whoever owns the coordinator's socket";
  return (
    `run ${run} was handed over by ${owner}, and ${name} has the role ${role}, which may not sign for it: ` +
    "whoever has the role all may (--roles of the coordinator)"
  );
}
