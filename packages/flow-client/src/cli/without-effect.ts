import type { OptionValues } from "@roadrunner/core/cli";
import { localWorkerOptions } from "../carry/local.ts";
import { askOptions, type carryOptions } from "../usage/options.ts";

export type Needed = Pick<OptionValues<typeof carryOptions>, "local" | "follow"> &
  Partial<Pick<OptionValues<typeof carryOptions>, "coordinator" | "detach" | "sign-key">>;

/** What a coordinator has of its own. */
const OF_WORKERS = ["servers", "function-prefix", "pool-key-file"];

/** Of a plan that is signed for a coordinator. */
const OF_SIGNED = ["max-run-time", "signed-by"];

/** Of a view, which a run has not that is left at once. */
const OF_VIEW = ["output", "follow", "raw"];

/**
 * What was written on the command line and would change nothing, since an option that it belongs to is not there: the
 * operator takes it to be in force. What stands in the environment is for whichever command needs it.
 */
export function withoutEffect(
  argv: Readonly<Record<string, unknown>>,
  { local, follow, coordinator, detach, "sign-key": signKey }: Needed,
): readonly string[] {
  if (coordinator !== undefined) return withCoordinator(argv, detach === true, signKey);
  const ofView = detach === true ? shown(argv, OF_VIEW) : [];
  const ofLocal = Object.keys(localWorkerOptions).filter((name) => !local && argv[name] !== undefined);
  const ofFollow = argv["raw"] === true && follow === undefined;
  const otherServers = local && argv["servers"] !== undefined;
  return [
    ...(otherServers
      ? ["--servers and --local exclude each other: --local brings a job server of its own"]
      : []),
    ...OF_SIGNED.filter((name) => argv[name] !== undefined).map(
      (name) => `--${name} is of a run that a coordinator carries (--coordinator)`,
    ),
    ...ofLocal.map((name) => `--${name} needs --local, whose worker it is for; else give it to rr-worker`),
    ...(ofFollow && detach !== true ? [RAW_ALONE] : []),
    ...ofView,
  ];
}

const RAW_ALONE = "--raw needs --follow, whose output it is about";

function withCoordinator(
  argv: Readonly<Record<string, unknown>>,
  detach: boolean,
  signKey: string | undefined,
): readonly string[] {
  const given = (name: string): boolean => argv[name] !== undefined && argv[name] !== false;
  const ofWorker = Object.keys(localWorkerOptions).filter(given);
  return [
    ...(given("local")
      ? ["--local and a coordinator exclude each other: --here carries the run on this box, with --local"]
      : ofWorker.map((name) => `--${name} is for a worker: give it to rr-worker`)),
    ...OF_WORKERS.filter(given).map(
      (name) =>
        `--${name} is for whoever carries the run: give it to rr-coordinator, or carry the run here: --here`,
    ),
    ...(argv["max-run-time"] !== undefined && signKey === undefined
      ? ["--max-run-time needs --sign-key: it is how long what is signed counts"]
      : []),
    ...(detach
      ? shown(argv, [...OF_VIEW, "output-dir"])
      : given("raw") && !given("follow")
        ? [RAW_ALONE]
        : []),
  ];
}

function shown(argv: Readonly<Record<string, unknown>>, names: readonly string[]): readonly string[] {
  return names
    .filter((name) => argv[name] !== undefined && argv[name] !== false)
    .map((name) => `--${name} shows nothing with --detach; rr-submit attach shows the run`);
}

/** The same of a plan that asks nobody: nothing is sent anywhere, but to a coordinator that has earlier runs. */
export function needlessForPlan(
  argv: Readonly<Record<string, unknown>>,
  { coordinator }: Pick<Needed, "coordinator">,
): readonly string[] {
  const names = Object.keys({ ...askOptions, ...localWorkerOptions });
  const ofLogin = coordinator === undefined ? [] : ["sign-key", "sign-as"];
  return names
    .filter((name) => argv[name] !== undefined && !ofLogin.includes(name))
    .map((name) => `--${name} needs --ask-hosts: a plan sends nothing`);
}
