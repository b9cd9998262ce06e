import { isIP } from "node:net";
import { hostname } from "node:os";
import { ID_PATTERN, fail, succeed, type Result } from "@roadrunner/core";
import {
  choiceOption,
  durationOption,
  listOption,
  numberOption,
  optionalChoiceOption,
  optionalDurationOption,
  optionalNumberOption,
  parsedOption,
  sizeOption,
  textOption,
  type OptionValues,
} from "@roadrunner/core/cli";
import { parseServers, type ServerAddress } from "@roadrunner/core/gearman";
import { authorityOptions } from "../authority/options.ts";

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

export const workerOptions = {
  servers: parsedOption<readonly ServerAddress[]>(
    "Gearman job servers, host:port,host:port",
    parseServers,
    { value: [{ host: "127.0.0.1", port: 4730 }], text: "127.0.0.1:4730" },
    { alias: "s" },
  ),
  ...runnerOptions,
  pool: parsedOption<readonly string[] | undefined>("pools to serve instead of the default one", parsePools, {
    value: undefined,
    text: "",
  }),
  id: parsedOption<string | undefined>("name of this worker process", parseId, {
    value: undefined,
    text: "host name, pid and a random part",
  }),
  "drain-timeout": optionalDurationOption("how long a leaving worker waits for what runs"),
  "lost-timeout": durationOption("how long an answer is kept whose job server is gone", "5m"),
  ...sshOptions,
  ...authorityOptions,
  "metrics-port": optionalNumberOption("serve /metrics, /healthz and /readyz on this port", {
    min: 0,
    max: 65_535,
  }),
  "metrics-address": parsedOption("address for them; they have no password", parseAddress, {
    value: "127.0.0.1",
    text: "127.0.0.1",
  }),
  "log-level": choiceOption("log level", ["info", "debug", "warn", "error"]),
  "log-format": choiceOption("log format", ["auto", "json", "pretty"]),
};

export type WorkerOptions = OptionValues<typeof workerOptions>;

function parsePools(text: string): Result<readonly string[], string> {
  const pools = text.split(",").map((pool) => pool.trim());
  const bad = pools.find((pool) => !ID_PATTERN.test(pool));
  return bad === undefined
    ? succeed(pools)
    : fail(`${JSON.stringify(bad)} is no pool: letters, digits, \`_\`, \`.\` and \`-\`, at most 40`);
}

function parseId(text: string): Result<string, string> {
  return ID_PATTERN.test(text)
    ? succeed(text)
    : fail(`${JSON.stringify(text)} is no id: letters, digits, \`_\`, \`.\` and \`-\`, at most 40`);
}

function parseAddress(text: string): Result<string, string> {
  return isIP(text) === 0 ? fail(`${JSON.stringify(text)} is no IP address`) : succeed(text);
}

/** A worker id that no other process has: host name, pid, and a random part for containers that share both. */
export function freshWorkerId(random: string): string {
  const host =
    hostname()
      .split(".")[0]
      ?.replaceAll(/[^A-Za-z0-9_-]/g, "-")
      .slice(0, 24) ?? "worker";
  return `${host}-${process.pid}-${random}`.slice(0, 40);
}
