import { hostname, userInfo } from "node:os";
import type { RunPlan } from "@roadrunner/core";
import type { OptionValues } from "@roadrunner/core/cli";
import { MOST_OF_WARNING, MOST_WARNINGS, type By, type Carry, type HandOver } from "@roadrunner/engine/api";
import type { carryOptions } from "../usage/options.ts";
import { VERSION } from "../usage/version.ts";

/** What is planned and asked for already. */
export interface ToHandOver {
  /** Its id, which stays the same when it is handed over again. */
  readonly run: string;
  readonly plan: RunPlan;
  readonly warnings: readonly string[];
  readonly file: string;
  readonly fileDigest: string;
  /** Of all the plan's secret parameters. */
  readonly secrets: Readonly<Record<string, string>>;
}

type HowCarried = OptionValues<typeof carryOptions>;

/** What whoever is to carry the run is given; `live`: the commands' output is wanted as it comes. */
export function handOverOf(
  { run, plan, warnings, file, fileDigest, secrets }: ToHandOver,
  options: HowCarried & { readonly concurrent: boolean },
  live: boolean,
): HandOver {
  return {
    v: 1,
    ...{
      run,
      plan,
      warnings: boundedWarnings(warnings),
      file,
      fileDigest,
      by: by(),
      carry: carryOf(options, live),
    },
    concurrent: options.concurrent,
    ...(Object.keys(secrets).length === 0 ? {} : { secrets }),
  };
}

/** As many as are taken, and how many more there were. */
export function boundedWarnings(warnings: readonly string[]): readonly string[] {
  const cut = (text: string): string =>
    text.length > MOST_OF_WARNING ? `${text.slice(0, MOST_OF_WARNING - 1).replace(/\p{Cs}$/u, "")}…` : text;
  if (warnings.length <= MOST_WARNINGS) return warnings.map(cut);
  const told = warnings.slice(0, MOST_WARNINGS - 1).map(cut);
  return [...told, `${warnings.length - told.length} more warnings are not told: rr-submit plan tells all`];
}

/** Whoever gives the command, and on which box. */
export function by(): By {
  return { version: VERSION, who: userInfo().username, where: hostname() };
}

export function carryOf(options: HowCarried, live: boolean): Carry {
  return {
    maxInFlight: options["max-in-flight"],
    priority: options.priority,
    keepOutputBytes: options["keep-output"],
    waitForWorkersMs: options["wait-for-workers"],
    serverTimeoutMs: options["server-timeout"],
    lostTimeoutMs: options["lost-timeout"],
    live,
  };
}
