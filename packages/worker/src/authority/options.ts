import { fail, given, succeed, type Result } from "@roadrunner/core";
import { listOption, parsedOption, textOption, type OptionValues } from "@roadrunner/core/cli";
import { AuditLog } from "./audit-log.ts";
import { Authority } from "./authority.ts";
import { Sealing } from "./sealing.ts";
import { parseHostLimit, type HostLimit } from "./host-limit.ts";

const GROUP = { group: "Who may:" };

/** Who may have what run by this worker; without any of them, whoever reaches the job server. */
export const authorityOptions = {
  "allowed-signers": textOption(
    "take only what a key of this file has signed (ssh-keygen's allowed_signers)",
    GROUP,
  ),
  policy: textOption("which signer may run on which hosts as whom: a JSON file", GROUP),
  "allow-hosts": parsedOption<HostLimit>(
    "run only on these hosts (a host expression)",
    parseHostLimit,
    { value: "all", text: "all" },
    GROUP,
  ),
  "allow-users": listOption("run only as these users, become included", { ...GROUP, defaultText: "all" }),
  "pool-key-file": textOption(
    "take only what is sealed with a key of this file, and seal the answers: 32 bytes a line",
    GROUP,
  ),
  "audit-log": textOption("write who ran what where into this file, one JSON line a task", GROUP),
};

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
    ...given({ allowedSigners: options["allowed-signers"], policy: options.policy }),
  });
  const path = options["audit-log"];
  const audit = path === undefined ? undefined : AuditLog.open(path);
  const keyFile = options["pool-key-file"];
  const sealing = keyFile === undefined ? undefined : Sealing.open(keyFile);
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
