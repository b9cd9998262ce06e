import { hostname } from "node:os";
import {
  durationOption,
  fail,
  functionPrefixOption,
  ID_PATTERN,
  joined,
  optionalDurationOption,
  parsedOption,
  serversOption,
  serviceOptions,
  succeed,
  type OptionValues,
  type Result,
} from "@roadrunner/core/cli";
import { authorityOptions } from "../authority/options.ts";
import { runnerOptions, sshOptions } from "./host-options.ts";

/** A hyphen and four random characters make 40 of it. */
const MOST_NAME = 35;

export const workerOptions = {
  servers: serversOption("Gearman job servers, host:port,host:port; unix:/path is a socket"),
  "function-prefix": functionPrefixOption(),
  ...runnerOptions,
  pool: parsedOption<readonly string[] | undefined>(
    "pools to serve instead of the default one",
    parsePools,
    { value: undefined, text: "" },
    { repeated: joined },
  ),
  id: parsedOption<string | undefined>("name of this worker, to which a random part is added", parseId, {
    value: undefined,
    text: "host name and pid",
  }),
  "drain-timeout": optionalDurationOption("how long a leaving worker waits for what runs"),
  "lost-timeout": durationOption("how long an answer is kept whose job server is gone", "5m"),
  ...sshOptions,
  ...authorityOptions,
  ...serviceOptions,
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
  return text.length <= MOST_NAME && ID_PATTERN.test(text)
    ? succeed(text)
    : fail(`${JSON.stringify(text)} is no id: letters, digits, \`_\`, \`.\` and \`-\`, at most ${MOST_NAME}`);
}

/**
 * A worker id that no other process has, whatever it was named: two workers of one id would share one control function,
 * and a kill would reach one of them.
 */
export function freshWorkerId(name: string | undefined, random: string): string {
  return `${name ?? `${hostPart()}-${process.pid}`}-${random}`;
}

function hostPart(): string {
  const [host = ""] = hostname().split(".");
  return host.replaceAll(/[^A-Za-z0-9_-]/g, "-").slice(0, 24) || "worker";
}
