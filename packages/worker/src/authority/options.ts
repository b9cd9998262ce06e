import {
  fail,
  listOption,
  optionalChoiceOption,
  parsedOption,
  succeed,
  textOption,
  type Result,
} from "@roadrunner/core/cli";
import { looked, readable, secretFile } from "../files/named-files.ts";
import { parseHostLimit, type HostLimit } from "./host-limit.ts";
import { isPort } from "./port.ts";

const GROUP = { group: "Who may:" };

/** Who may have what run by this worker; without any of them, whoever reaches the job server. */
export const authorityOptions = {
  "allowed-signers": looked(
    textOption(
      "take only what a key or an authority of this file vouches for (ssh-keygen's allowed_signers)",
      GROUP,
    ),
    readable,
  ),
  "revoked-signers": looked(
    textOption(
      "take nothing of the keys and certificates of this file: keys, or a KRL (ssh-keygen -k)",
      GROUP,
    ),
    readable,
  ),
  policy: looked(textOption("which signer may run on which hosts as whom: a JSON file", GROUP), readable),
  "allow-hosts": parsedOption<HostLimit>(
    "run only on these hosts (a host expression)",
    parseHostLimit,
    { value: "all", text: "all" },
    GROUP,
  ),
  "allow-ports": parsedOption<ReadonlySet<number> | undefined>(
    "ports that a submission may name besides ssh_config's (22); as --allow-hosts",
    parsePorts,
    { value: undefined, text: "any, with --allow-hosts none" },
    GROUP,
  ),
  "allow-local": optionalChoiceOption(
    "tasks of transport local, on this worker's own box: as its own user (self), or as others alone (become)",
    ["self", "become"],
    { ...GROUP, defaultText: "none" },
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

function parsePorts(text: string): Result<ReadonlySet<number>, string> {
  const written = text.split(",").map((part) => part.trim());
  const bad = written.find((part) => !/^\d+$/.test(part) || !isPort(Number(part)));
  return bad === undefined
    ? succeed(new Set(written.map(Number)))
    : fail(`${JSON.stringify(bad)} is no port: a number from 1 to 65535`);
}
