import type { Work } from "../../rollout/plan.ts";
import type { LoadedFlow } from "../load-flow.ts";
import type { FlowProblem } from "../problem.ts";
import { parseDuration } from "../duration.ts";
import type { PlacedJob } from "../schema/flow-file.ts";
import { utf8Length } from "../source/utf8.ts";
import { quote } from "../source/visible.ts";
import type { Settings } from "./settings.ts";

/** Milliseconds of a duration that the schema has let through. */
export function durationOf(written: string | 0): number {
  const parsed = parseDuration(written);
  if (!parsed.ok) throw new Error(`bug: the schema let the duration ${quote(written)} through`);
  return parsed.value;
}

/** What the job does on each host. */
export function workOf(placed: PlacedJob, settings: Settings, script: Work["script"]): Work {
  const { command } = placed.job;
  const { cwd, become, secretEnv, timeout, reboot, rebootTimeout } = settings;
  const timeoutMs = timeout === undefined ? 0 : durationOf(timeout);
  return {
    ...(command === undefined ? {} : { command }),
    ...(script === undefined ? {} : { script }),
    ...(cwd === undefined ? {} : { cwd }),
    shell: settings.shell,
    ...(become === undefined || become === false ? {} : { become }),
    ...(secretEnv === undefined ? {} : { secretEnv }),
    ...(timeoutMs === 0 ? {} : { timeoutMs }),
    connectTimeoutMs: durationOf(settings.connectTimeout),
    okCodes: settings.okCodes,
    ...(reboot ? { reboot: { timeoutMs: durationOf(rebootTimeout) } } : {}),
    delivery: settings.delivery,
    onDisconnect: settings.onDisconnect,
  };
}

/** Bytes of UTF-8. */
const MAX_SCRIPT_BYTES = 256 * 1024;

/** The script of a job, or what is wrong with it. */
export function scriptOf(
  flow: LoadedFlow,
  { job, path }: PlacedJob,
  scripts: ReadonlyMap<string, string>,
): { readonly script?: NonNullable<Work["script"]>; readonly problems: readonly FlowProblem[] } {
  if (job.script === undefined) return { problems: [] };
  const text = scripts.get(job.script);
  const fault = text === undefined ? { message: "the script was not read" } : scriptFault(text);
  if (text === undefined || fault !== undefined) {
    const { message, hint } = fault ?? { message: "" };
    return { problems: [flow.problemAt({ path: [...path, "script"] }, message, hint)] };
  }
  return { script: { name: job.script.replace(/^.*\//s, ""), text }, problems: [] };
}

function scriptFault(text: string): { readonly message: string; readonly hint?: string } | undefined {
  const bytes = utf8Length(text);
  if (bytes > MAX_SCRIPT_BYTES)
    return { message: `the script has ${bytes} bytes; it can have ${MAX_SCRIPT_BYTES}` };
  if (text.includes("\0")) return { message: "the script holds a NUL character; it must be text" };
  const [firstLine = ""] = text.split("\n", 1);
  if (!/^#! *\//.test(firstLine)) {
    return {
      message: "the script's first line names no interpreter",
      hint: 'begin it with "#!/bin/sh", say',
    };
  }
  return firstLine.endsWith("\r")
    ? {
        message: "the script's lines end in CR LF",
        hint: "save it with LF line ends: no interpreter is found so",
      }
    : undefined;
}
