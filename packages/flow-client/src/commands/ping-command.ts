import type { StartLocal } from "../carry/local.ts";
import { jobOf, type OneLine } from "../one-line/one-job-flow.ts";
import { PingReporter } from "../reporters/lines/ping-reporter.ts";
import { EXIT, type ExitCode } from "../usage/exit-codes.ts";
import {
  refuse,
  shapeProblems,
  sourceOf,
  whichHosts,
  withHostsRead,
  type OneLineOptions,
} from "./one-line-command.ts";
import type { Written } from "./carry-detached.ts";
import { runCommand } from "./run-command.ts";

/**
 * A login of its own for each host, and a command that does nothing. No host's end keeps another one from being asked,
 * so the job succeeds whatever they say.
 */
const JOB = {
  name: "ping",
  command: "true",
  delivery: "repeatable",
  freshLogin: true,
  success: "0%",
  parallelism: "100%",
  timeout: "30s",
};

const NO_DETACH =
  "ping is there for its answer, and takes no --detach; rr-submit run HOSTS --detach leaves a command";

/** `rr-submit ping HOSTS`: whether the workers can log in to each host, and why not; 1 if to any they cannot. */
export async function pingCommand(
  written: OneLine,
  options: OneLineOptions,
  env: Readonly<Record<string, string | undefined>>,
  startLocal: StartLocal | undefined,
  argv: Written,
): Promise<ExitCode> {
  const { line, problems: ofHosts } = await withHostsRead(written, options, env);
  const { job, problems } = jobOf({ ...line, words: undefined }, JOB);
  const source = sourceOf(job, "ping");
  const all = [
    ...("problems" in options ? options.problems : []),
    ...problems,
    ...ofHosts,
    ...(line.hosts === undefined ? [whichHosts("ping 'db[1-3]'")] : shapeProblems(source)),
    ...("values" in options && options.values.detach ? [NO_DETACH] : []),
    ...(line.words === undefined ? [] : ["ping takes no command: rr-submit run HOSTS -- COMMAND runs one"]),
  ];
  if ("problems" in options || all.length > 0) return refuse(all);
  const reporter = new PingReporter();
  const own = { reporter, isShown: options.values.output === "gathered" };
  const code = await runCommand(source, options.values, env, startLocal, argv, own);
  return code === EXIT.succeeded && reporter.failed > 0 ? EXIT.failed : code;
}
