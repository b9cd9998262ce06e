import { LOGIN_NAMESPACE, matchesList, type AllowedSigner } from "@roadrunner/core/signing";
import { roleOf } from "./roles.ts";
import type { SignerFiles, Signers } from "./signers.ts";

/** Why these files, which can be read, let nobody in at this time, and what to do; undefined: they may let in somebody. */
export function noWayIn(
  { allowed, roles }: Signers,
  { allowedSigners, roles: rolesFile }: SignerFiles,
  nowMs: number,
): string | undefined {
  if (allowed.length === 0)
    return `${allowedSigners} names no key; add a line for each key that may log in, as ssh-keygen's allowed_signers has them`;
  const usable = allowed.filter((signer) => isForLogins(signer, nowMs));
  if (usable.length === 0)
    return `no line of ${allowedSigners} is for logins now: each is of other namespaces than ${LOGIN_NAMESPACE}, or outside its time`;
  const fits = usable.some(({ principals }) =>
    principals.split(",").some((name) => isPattern(name) || roleOf(roles, name) !== undefined),
  );
  return fits && roles?.length !== 0
    ? undefined
    : `no rule of ${rolesFile ?? "--roles"} fits a principal of ${allowedSigners}; add one`;
}

function isForLogins({ namespaces, validAfterMs, validBeforeMs }: AllowedSigner, nowMs: number): boolean {
  return (
    (namespaces === undefined || matchesList(LOGIN_NAMESPACE, namespaces)) &&
    (validAfterMs === undefined || nowMs >= validAfterMs) &&
    (validBeforeMs === undefined || nowMs <= validBeforeMs)
  );
}

/** Whom it stands for shows when somebody comes. */
function isPattern(name: string): boolean {
  return /[*?]/.test(name);
}
