import {
  choiceOption,
  durationOption,
  fail,
  joined,
  listOption,
  numberOption,
  optionalChoiceOption,
  parsedOption,
  sizeOption,
  succeed,
  textOption,
  TRANSPORTS,
  type Result,
} from "@roadrunner/core/cli";
import {
  folder,
  identity,
  knownHosts,
  looked,
  privateFile,
  readable,
  secretFile,
} from "../files/named-files.ts";
import { parseGateUrls, type GateUrls } from "../gates/gate-urls.ts";

const SSH = { group: "SSH:" };
const MEBIBYTE = 1024 * 1024;

/** How hosts are reached; also options of `rr-submit --local`. */
export const sshOptions = {
  transport: choiceOption(
    "what connects: ssh2 in this process (builtin), the box's own ssh (openssh), whichever can (auto), nothing (local)",
    TRANSPORTS,
    SSH,
  ),
  "ssh-config": looked(
    listOption("ssh_config files, the first value found wins", {
      ...SSH,
      defaultText: "~/.ssh/config,/etc/ssh/ssh_config",
    }),
    readable,
  ),
  "known-hosts": looked(
    listOption("known_hosts files", { ...SSH, defaultText: "as ssh_config says" }),
    knownHosts,
  ),
  identity: looked(listOption("private key files, before those of ssh_config", SSH), identity),
  "cert-command": textOption(
    "command that has this worker's certificate signed anew, run when it has under 2 minutes left",
    SSH,
  ),
  "passphrase-file": looked(
    textOption("file with the passphrase of encrypted private keys", SSH),
    secretFile,
  ),
  "ssh-password-file": looked(
    textOption("file with the password to log in with, where no key is taken", SSH),
    secretFile,
  ),
  "strict-host-key-checking": optionalChoiceOption("unknown host keys", ["yes", "accept-new", "no"], {
    ...SSH,
    defaultText: "as ssh_config says, else yes",
  }),
  "ignore-directive": listOption("ssh_config directives that may be ignored", SSH),
  "keep-alive": durationOption("how long an idle connection is kept", "60s", SSH),
  "keep-shell": durationOption(
    "how old a shell on a host may be that gets another command; 0s: none is kept",
    "10m",
    SSH,
  ),
  "max-connections": numberOption(
    "most SSH connections at once",
    { min: 1, max: 100_000, default: 2000 },
    SSH,
  ),
};

/** What runs on the hosts and what is kept of it; also options of `rr-submit --local`. */
export const runnerOptions = {
  concurrency: numberOption("commands at once (places)", { min: 1, max: 10_000, default: 100 }),
  "max-output": sizeOption("most bytes kept of each output stream", {
    min: 1024,
    max: 64 * MEBIBYTE,
    default: MEBIBYTE,
    defaultText: "1M",
  }),
  "secrets-dir": looked(textOption("folder of the secrets that secretEnv and gates name"), folder),
  "gate-urls": parsedOption<GateUrls>(
    "addresses that gates may ask, each with all below it: http://prometheus:9090,https://shop/health",
    parseGateUrls,
    { value: [], text: "none" },
    { repeated: joined },
  ),
  "record-dir": parsedOption<string | undefined>(
    "folder on the hosts for the records of `once`",
    parseRecordDir,
    { value: undefined, text: "/var/tmp/roadrunner-$LOGNAME" },
  ),
  "sudo-password-file": looked(textOption("file with the password that sudo asks for"), privateFile),
};

/** It lies on the hosts: of it, only the form can be told here. */
function parseRecordDir(text: string): Result<string, string> {
  return /^\/[^\0\n]*$/.test(text)
    ? succeed(text)
    : fail(`${JSON.stringify(text)} is not absolute; it is a folder on the hosts, and begins with /`);
}
