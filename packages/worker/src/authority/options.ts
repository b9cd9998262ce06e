import { listOption, parsedOption, textOption } from "@roadrunner/core/cli";
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
