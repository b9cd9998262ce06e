import {
  durationOption,
  listOption,
  numberOption,
  optionalChoiceOption,
  sizeOption,
  textOption,
} from "@roadrunner/core/cli";

const SSH = { group: "SSH:" };
const MEBIBYTE = 1024 * 1024;

/** How hosts are reached; also options of `rr-submit --local`. */
export const sshOptions = {
  "ssh-config": listOption("ssh_config files, the first value found wins", {
    ...SSH,
    defaultText: "~/.ssh/config,/etc/ssh/ssh_config",
  }),
  "known-hosts": listOption("known_hosts files", { ...SSH, defaultText: "as ssh_config says" }),
  identity: listOption("private key files, before those of ssh_config", SSH),
  "passphrase-file": textOption("file with the passphrase of encrypted private keys", SSH),
  "ssh-password-file": textOption("file with the password to log in with, where keys do not serve", SSH),
  "strict-host-key-checking": optionalChoiceOption("unknown host keys", ["yes", "accept-new", "no"], {
    ...SSH,
    defaultText: "as ssh_config says, else yes",
  }),
  "ignore-directive": listOption("ssh_config directives that may be ignored", SSH),
  "keep-alive": durationOption("how long an idle connection is kept", "60s", SSH),
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
  "secrets-dir": textOption("folder of the secrets that secretEnv names"),
  "record-dir": textOption("folder on the hosts for the records of `once`", {
    defaultText: "/var/tmp/roadrunner-$LOGNAME",
  }),
  "sudo-password-file": textOption("file with the password that sudo asks for"),
};
