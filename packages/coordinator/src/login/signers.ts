import { fail, succeed, type Result } from "@roadrunner/core";
import { CheckedFile } from "@roadrunner/core/files";
import {
  LOGIN_NAMESPACE,
  parseAllowedSigners,
  parseRevokedSigners,
  principalOf,
  revokedFault,
  subjectOf,
  type AllowedSigner,
  type RevokedSigners,
  type SignedBy,
} from "@roadrunner/core/signing";
import type { Role } from "@roadrunner/engine/api";
import { parseRoles, roleOf, type RoleRule } from "./roles.ts";

export interface SignerFiles {
  readonly allowedSigners: string;
  readonly revokedSigners: string | undefined;
  readonly roles: string | undefined;
}

/** Who may be logged in as it stands in the files now. */
export interface Signers {
  readonly allowed: readonly AllowedSigner[];
  readonly revoked: RevokedSigners | undefined;
  /** Undefined: there is no file of roles. */
  readonly roles: readonly RoleRule[] | undefined;
}

export interface Allowed {
  readonly principal: string;
  readonly role: Role;
}

/** The files that say who may log in. They are read again as they change: whoever is struck from them is out at once. */
export class SignersOfFiles {
  readonly files: SignerFiles;
  readonly #allowed: CheckedFile<readonly AllowedSigner[]>;
  readonly #revoked: CheckedFile<RevokedSigners> | undefined;
  readonly #roles: CheckedFile<readonly RoleRule[]> | undefined;

  constructor(files: SignerFiles) {
    this.files = files;
    const { allowedSigners, revokedSigners, roles } = files;
    this.#allowed = CheckedFile.ofText(allowedSigners, parseAllowedSigners);
    this.#revoked =
      revokedSigners === undefined ? undefined : new CheckedFile(revokedSigners, parseRevokedSigners);
    this.#roles = roles === undefined ? undefined : CheckedFile.ofText(roles, parseRoles);
  }

  /** Or everything that is wrong with the files: then nobody gets in. */
  get(): Result<Signers, readonly string[]> {
    const [allowed, revoked, roles] = [this.#allowed.get(), this.#revoked?.get(), this.#roles?.get()];
    if (!allowed.ok || revoked?.ok === false || roles?.ok === false)
      return fail([allowed, revoked, roles].flatMap((file) => (file?.ok === false ? file.error : [])));
    return succeed({ allowed: allowed.value, revoked: revoked?.value, roles: roles?.value });
  }
}

/** As whom this key or certificate may be logged in now; the error is a sentence. */
export function allowedAs(
  { allowed, revoked, roles }: Signers,
  by: SignedBy,
  nowMs: number,
  claimed: string | undefined,
): Result<Allowed, string> {
  const found = principalOf(allowed, by, LOGIN_NAMESPACE, nowMs, claimed);
  if (!found.ok) return fail(`${subjectOf(by)} ${found.error}`);
  const fault = revoked === undefined ? undefined : revokedFault(revoked, by);
  if (fault !== undefined) return fail(`${subjectOf(by)} ${fault}`);
  const { name: principal } = found.value;
  const role = roleOf(roles, principal);
  return role === undefined
    ? fail(`no rule of --roles is for ${principal}; whoever runs the coordinator can add one`)
    : succeed({ principal, role });
}
