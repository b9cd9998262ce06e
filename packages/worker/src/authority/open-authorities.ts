import { fail, defined, succeed, type Result } from "@roadrunner/core";
import type { OptionValues } from "@roadrunner/core/cli";
import { AuditLog } from "./audit-log.ts";
import { Authority } from "./authority.ts";
import type { authorityOptions } from "./options.ts";
import { Sealing } from "./sealing.ts";

export interface Authorities {
  readonly authority: Authority;
  readonly audit?: AuditLog;
  /** Absent: nothing is sealed. */
  readonly sealing?: Sealing;
}

/** Reads the files that the options name, or tells all that is wrong with them. */
export function openAuthorities(
  options: OptionValues<typeof authorityOptions>,
): Result<Authorities, readonly string[]> {
  const users = options["allow-users"];
  const authority = Authority.open({
    hosts: options["allow-hosts"],
    users: users === undefined ? "all" : new Set(users),
    ...defined({
      ports: options["allow-ports"],
      allowedSigners: options["allowed-signers"],
      revokedSigners: options["revoked-signers"],
      policy: options.policy,
      local: options["allow-local"],
    }),
  });
  const path = options["audit-log"];
  const audit = path === undefined ? undefined : AuditLog.open(path);
  const keyFile = options["pool-key-file"];
  const sealing =
    keyFile === undefined ? undefined : Sealing.open(keyFile, options["allowed-signers"] !== undefined);
  const problems = [
    ...(authority.ok ? [] : authority.error),
    ...(audit === undefined || audit.ok ? [] : [audit.error]),
    ...(sealing === undefined || sealing.ok ? [] : sealing.error),
  ];
  if (!authority.ok || problems.length > 0) return fail(problems);
  return succeed({
    authority: authority.value,
    ...(audit?.ok === true ? { audit: audit.value } : {}),
    ...(sealing?.ok === true ? { sealing: sealing.value } : {}),
  });
}
