import { ROLES, type Role } from "@roadrunner/engine/api";
import type { KnownRun } from "../store/store.ts";
import type { Who } from "./logins.ts";
import { reaches } from "./roles.ts";

/** What somebody wants to do. */
export interface Wish {
  readonly needs: Role;
  /** As in "may stop run …"; absent: looks. */
  readonly does?: string;
}

/** Why somebody may not ask for this at all; undefined: he may, with some runs or all. */
export function roleFault(who: Who, { needs, does = "look at" }: Wish): string | undefined {
  if (reaches(who.role, needs)) return undefined;
  const enough = ROLES.filter((role) => reaches(role, needs)).join(" or ");
  return `${nameOf(who)} has the role ${who.role}, which may not ${does} runs; whoever has the role ${enough} may (--roles of the coordinator)`;
}

/** Why somebody whose role does may not ask for it of this run; undefined: he may. */
export function runFault(
  who: Who,
  { needs, does = "look at" }: Wish,
  { run, principal, by }: Pick<KnownRun, "run" | "principal" | "by">,
): string | undefined {
  if (needs === "view" || who.role === "all") return undefined;
  if (principal !== undefined && principal === who.principal) return undefined;
  const others = principal ?? `whoever owns the coordinator's socket (${by})`;
  const could = principal === undefined ? "" : `${principal}, and `;
  return `run ${run} was handed over by ${others}, and ${nameOf(who)} has the role ${who.role}: ${could}whoever has the role all may ${does} it`;
}

function nameOf({ principal = "whoever owns the socket" }: Who): string {
  return principal;
}
