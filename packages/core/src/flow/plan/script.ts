import type { Work } from "../../rollout/plan.ts";
import type { LoadedFlow } from "../load-flow.ts";
import type { FlowProblem } from "../problem.ts";
import type { PlacedJob } from "../schema/flow-file.ts";
import { utf8Length } from "../source/utf8.ts";

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
    const { message, hint } = fault ?? { message: "the script was not read" };
    return { problems: [flow.problemAt({ path: [...path, "script"] }, message, hint)] };
  }
  return { script: { name: job.script.replace(/^.*\//s, ""), text }, problems: [] };
}

function scriptFault(text: string): { readonly message: string; readonly hint?: string } | undefined {
  const bytes = utf8Length(text);
  if (bytes > MAX_SCRIPT_BYTES) {
    return { message: `the script has ${bytes} bytes; it can have ${MAX_SCRIPT_BYTES}` };
  }
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
        hint: "save it with LF line ends: no host finds /bin/sh\\r",
      }
    : undefined;
}
