import { isIP } from "node:net";
import { hostname } from "node:os";
import {
  choiceOption,
  durationOption,
  fail,
  ID_PATTERN,
  joined,
  optionalDurationOption,
  optionalNumberOption,
  parsedOption,
  serversOption,
  succeed,
  type OptionValues,
  type Result,
} from "@roadrunner/core/cli";
import { authorityOptions } from "../authority/options.ts";
import { runnerOptions, sshOptions } from "./host-options.ts";

export const workerOptions = {
  servers: serversOption("Gearman job servers, host:port,host:port"),
  ...runnerOptions,
  pool: parsedOption<readonly string[] | undefined>(
    "pools to serve instead of the default one",
    parsePools,
    { value: undefined, text: "" },
    { repeated: joined },
  ),
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

/** Each once: two Gearman functions of one name are one. */
function parsePools(text: string): Result<readonly string[], string> {
  const pools = text.split(",").map((pool) => pool.trim());
  const bad = pools.find((pool) => !ID_PATTERN.test(pool));
  return bad === undefined
    ? succeed([...new Set(pools)])
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
