import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import {
  environmentName,
  fail,
  succeed,
  type OptionSpec,
  type OptionTable,
  type Result,
} from "@roadrunner/core/cli";
import { localWorkerOptions } from "../carry/local.ts";
import { carryOptions, flowOptions } from "../usage/options.ts";
import type { Env } from "./read-options.ts";

/** They are about one run, and would surprise whoever has forgotten them. */
const OF_ONE_RUN = ["follow", "raw", "output-dir", "detach", "here"];

const { inventory, "groups-conf": groupsConf, labels } = flowOptions;
const inventoryOptions = { inventory, "groups-conf": groupsConf, labels };

/** What a user's file of defaults can say, by the names of the command line. */
const DEFAULTS: OptionTable = Object.fromEntries(
  Object.entries({ ...inventoryOptions, ...carryOptions, ...localWorkerOptions }).filter(
    ([name]) => !OF_ONE_RUN.includes(name),
  ),
);

/** `$XDG_CONFIG_HOME/roadrunner/config.yaml`, else `~/.config/roadrunner/config.yaml`; a relative path is to be ignored. */
export function defaultsFile(env: Env): string {
  const config = env["XDG_CONFIG_HOME"];
  const base = config !== undefined && isAbsolute(config) ? config : join(homedir(), ".config");
  return join(base, "roadrunner", "config.yaml");
}

/**
 * The environment, and below it what the user's file says: the command line goes before both. The error has all that is
 * wrong with the file.
 */
export async function withUserDefaults(env: Env): Promise<Result<Env, readonly string[]>> {
  const file = defaultsFile(env);
  const text = await readFile(file).catch((error: NodeJS.ErrnoException) => error);
  if (text instanceof Error && (text.code === "ENOENT" || text.code === "ENOTDIR")) return succeed(env);
  // Only here: most users have no such file.
  const { pathFault, whyUnread } = await import("@roadrunner/core/files");
  if (text instanceof Error) return fail([`${file}: cannot read the defaults: ${whyUnread(text)}`]);
  const fault = pathFault(file, "public");
  if (fault !== undefined) return fail([`${file} ${fault}`]);
  const read = await readDefaults(text, file);
  return read.ok ? succeed({ ...read.value, ...env }) : read;
}

/** As variables of the environment. */
export async function readDefaults(
  text: Uint8Array | string,
  file: string,
): Promise<Result<Readonly<Record<string, string>>, readonly string[]>> {
  const { formatFlowProblem, loadSettings, suggest } = await import("@roadrunner/core");
  const settings = loadSettings(text, { file });
  if (!settings.ok) return fail(settings.error.map(formatFlowProblem));
  const found: Record<string, string> = {};
  const problems: string[] = [];
  for (const { key, value, problem } of settings.value) {
    const spec = DEFAULTS[key];
    if (spec === undefined) {
      const near = suggest(key, Object.keys(DEFAULTS));
      const hint =
        near === undefined ? `there are ${Object.keys(DEFAULTS).join(", ")}` : `did you mean ${near}?`;
      problems.push(formatFlowProblem(problem("there is no default of this name", hint)));
      continue;
    }
    const written = textOf(value, spec);
    if (written.ok) found[environmentName(key)] = written.value;
    else problems.push(formatFlowProblem(problem(written.error)));
  }
  return problems.length > 0 ? fail(problems) : succeed(found);
}

/** What the option would be given; a list is one with commas. */
function textOf(value: unknown, spec: OptionSpec<unknown>): Result<string, string> {
  const isPlain = (one: unknown): one is string | number | boolean =>
    ["string", "number", "boolean"].includes(typeof one);
  const parts = Array.isArray(value) ? value : [value];
  if (parts.length === 0 || !parts.every(isPlain))
    return fail("must be a text, a number, true or false, or a list of them");
  const text = parts.map(String).join(",");
  const parsed = spec.parse(text);
  if (!parsed.ok) return parsed;
  const taken = Array.isArray(parsed.value) ? parsed.value.length : 1;
  return parts.length > 1 && taken < parts.length ? fail("can be one value here, no list") : succeed(text);
}
