import { existsSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import { knownHosts, loadFlow, succeed } from "@roadrunner/core";
import { writeNewFile } from "@roadrunner/core/files";
import type { StartLocal } from "../carry/local.ts";
import { flowText, jobOf, titleOf, type Job, type OneLine } from "../one-line/one-job-flow.ts";
import { hasLists } from "../named-hosts/list-names.ts";
import { withListsRead, type Around } from "../named-hosts/named-hosts.ts";
import { problemTeller } from "../one-line/tell-problem.ts";
import { print } from "../screen/print.ts";
import { EXIT, type ExitCode } from "../usage/exit-codes.ts";
import type { RunOptions } from "../usage/options.ts";
import { say } from "../usage/say.ts";
import { readInventories } from "../inventories/read-inventories.ts";
import type { Written } from "./carry-detached.ts";
import { loadPlan, type FlowSource } from "./load-plan.ts";
import { runCommand } from "./run-command.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** The name of its flow where a file's would stand. */
export const COMMAND_LINE = "<command line>";

const EXAMPLE = "run 'db[1-3]' -- uptime";

/** The options that the job has no part in, or what is wrong with them. */
export type OneLineOptions = { readonly values: RunOptions } | { readonly problems: readonly string[] };

/** `rr-submit run HOSTS -- COMMAND…`: a flow of one job, said in options; run, or written down. */
export async function oneLineCommand(
  written: OneLine,
  options: OneLineOptions,
  env: Env,
  startLocal: StartLocal | undefined,
  argv: Written,
): Promise<ExitCode> {
  const { line, problems: ofHosts } = await withHostsRead(written, options, env);
  const { job, problems } = jobOf(line, { name: "run" });
  const source = sourceOf(job);
  const lacking = missing(line, job);
  const all = [
    ...("problems" in options ? options.problems : []),
    ...problems,
    ...ofHosts,
    ...(lacking.length > 0 ? lacking : shapeProblems(source)),
  ];
  if ("problems" in options || all.length > 0) return refuse(all);
  const { save } = line.values;
  if (typeof save === "string") return saveFlow(save, job, options.values, env);
  return runCommand(source, options.values, env, startLocal, argv);
}

/**
 * The line with the hosts that its HOSTS name elsewhere: a flow names none such. Where they cannot be read some word
 * stands for them, so that the rest can still be checked.
 */
export async function withHostsRead(
  line: OneLine,
  options: OneLineOptions,
  env: Env,
): Promise<{ readonly line: OneLine; readonly problems: readonly string[] }> {
  const { hosts } = line;
  if (hosts === undefined || !hasLists(hosts)) return { line, problems: [] };
  const inventories = await readInventories("values" in options ? options.values : {});
  const knownIn: Around["knownIn"] = async (expressions) => {
    // The plan tells what is wrong with the inventories.
    if (!inventories.ok) return succeed(knownHosts(undefined, undefined));
    const named = await inventories.value.naming(expressions);
    return named.ok ? succeed(knownHosts(undefined, named.value)) : named;
  };
  const places = { ...("values" in options ? options.values : {}), env };
  const read = await withListsRead("HOSTS", hosts, { knownIn, places });
  return read.ok
    ? { line: { ...line, hosts: read.value }, problems: [] }
    : { line: { ...line, hosts: "unread" }, problems: read.error };
}

export function whichHosts(example: string): string {
  return `which hosts? Name them, as in: rr-submit ${example}`;
}

function missing({ hosts }: OneLine, { command, script }: Job): readonly string[] {
  const none = command === undefined && script === undefined;
  const both = command !== undefined && script !== undefined;
  const broken = typeof command === "string" && command.includes("\ufffd");
  return [
    ...(hosts === undefined ? [whichHosts(EXAMPLE)] : []),
    ...(none ? [`which command? Write it behind --, as in: rr-submit ${EXAMPLE}`] : []),
    ...(both ? ["--script and a command behind -- exclude each other"] : []),
    ...(broken ? ["the command is no UTF-8 text; write such bytes as the shell does: printf '\\377'"] : []),
  ];
}

/** What the job's own text shows; what its hosts are comes later, with the inventory. */
export function shapeProblems({ file, text, tell }: WrittenSource): readonly string[] {
  const loaded = loadFlow(text, { file });
  return loaded.ok ? [] : loaded.error.map(tell);
}

export type WrittenSource = FlowSource & Required<Pick<FlowSource, "text" | "tell">>;

/** The flow of a job, as if it were read from a file. */
export function sourceOf(job: Job, name = titleOf(job)): WrittenSource {
  const text = flowText(job, name);
  return { file: COMMAND_LINE, text, tell: problemTeller(text, COMMAND_LINE) };
}

/** Writes the flow, if it is one that can run; its name is then that of its file. */
async function saveFlow(file: string, job: Job, options: RunOptions, env: Env): Promise<ExitCode> {
  const planned = await loadPlan({ ...options, flow: sourceOf(job) }, env);
  if (!planned.ok) return refuse(planned.error);
  if (file === "-") return print(flowText(job).trimEnd(), EXIT.succeeded);
  if (existsSync(file)) return refuse([`--save: ${file} is there already; name a new file`]);
  const written = writeNewFile(file, [flowText(scriptFrom(dirname(file), job))]);
  if (!written.ok) return refuse([`--save: ${written.error}`]);
  say(`the flow is in ${file}; see what it would do: rr-submit plan ${file}`);
  return EXIT.succeeded;
}

/** A flow's script is found from its file's folder. */
function scriptFrom(folder: string, job: Job): Job {
  const { script } = job;
  if (typeof script !== "string" || isAbsolute(script)) return job;
  return { ...job, script: relative(resolve(folder), resolve(script)) };
}

export function refuse(problems: readonly string[]): ExitCode {
  say(...problems);
  return EXIT.usage;
}
