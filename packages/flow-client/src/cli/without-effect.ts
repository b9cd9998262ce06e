import type { OptionValues } from "@roadrunner/core/cli";
import { localWorkerOptions } from "../carry/local.ts";
import { askOptions, type carryOptions } from "../usage/options.ts";

export type Needed = Pick<OptionValues<typeof carryOptions>, "local" | "follow">;

/**
 * What was written on the command line and would change nothing, since an option that it belongs to is not there: the
 * operator takes it to be in force. What stands in the environment is for whichever command needs it.
 */
export function withoutEffect(
  argv: Readonly<Record<string, unknown>>,
  { local, follow }: Needed,
): readonly string[] {
  const ofLocal = Object.keys(localWorkerOptions).filter((name) => !local && argv[name] !== undefined);
  const ofFollow = argv["raw"] === true && follow === undefined;
  const otherServers = local && argv["servers"] !== undefined;
  return [
    ...(otherServers
      ? ["--servers and --local exclude each other: --local brings a job server of its own"]
      : []),
    ...ofLocal.map((name) => `--${name} needs --local, whose worker it is for; else give it to rr-worker`),
    ...(ofFollow ? ["--raw needs --follow, whose output it is about"] : []),
  ];
}

/** The same of a plan that asks nobody: nothing is sent anywhere. */
export function needlessForPlan(argv: Readonly<Record<string, unknown>>): readonly string[] {
  const names = Object.keys({ ...askOptions, ...localWorkerOptions });
  return names
    .filter((name) => argv[name] !== undefined)
    .map((name) => `--${name} needs --ask-hosts: a plan sends nothing`);
}
