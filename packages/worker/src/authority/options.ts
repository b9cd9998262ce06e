import { listOption, parsedOption, textOption } from "@roadrunner/core/cli";
import { looked, readable, secretFile } from "../cli/named-files.ts";
import { parseHostLimit, type HostLimit } from "./host-limit.ts";

const GROUP = { group: "Who may:" };

/** Who may have what run by this worker; without any of them, whoever reaches the job server. */
export const authorityOptions = {
  "allowed-signers": looked(
    textOption("take only what a key of this file has signed (ssh-keygen's allowed_signers)", GROUP),
    readable,
  ),
  policy: looked(textOption("which signer may run on which hosts as whom: a JSON file", GROUP), readable),
  "allow-hosts": parsedOption<HostLimit>(
    "run only on these hosts (a host expression)",
    parseHostLimit,
    { value: "all", text: "all" },
    GROUP,
  ),
  "allow-users": listOption("run only as these users, become included", { ...GROUP, defaultText: "all" }),
  "pool-key-file": looked(
    textOption(
      "take only what is sealed with a key of this file, and seal the answers: 32 bytes a line",
      GROUP,
    ),
    secretFile,
  ),
  "audit-log": textOption("write who ran what where into this file, one JSON line a task", GROUP),
};
