import type { Result } from "../../errors.ts";
import { fail, succeed } from "../../errors.ts";
import type { JobWork } from "../../work/work.ts";
import type { LoadedFlow } from "../load-flow.ts";
import type { FlowProblem, Path } from "../problem.ts";
import { decodeSource } from "../source/source-text.ts";
import { utf8Length } from "../source/utf8.ts";

/** Bytes of UTF-8. */
const MAX_SCRIPT_BYTES = 256 * 1024;

/** A script file's text, or its bytes, or why there are none. */
export type ScriptContent = Uint8Array | string | { readonly unread: string };

/** Of each script file, by the path that the flow writes. */
export type Scripts = ReadonlyMap<string, ScriptContent>;

/** The script of a job or of a stage, or what is wrong with it. */
export function scriptOf(
  flow: LoadedFlow,
  job: { readonly script?: string | undefined },
  path: Path,
  scripts: Scripts,
): { readonly script?: NonNullable<JobWork["script"]>; readonly problems: readonly FlowProblem[] } {
  if (job.script === undefined) return { problems: [] };
  const text = readScript(scripts.get(job.script));
  if (!text.ok) {
    const { message, hint } = text.error;
    return { problems: [flow.problemAt({ path: [...path, "script"] }, message, hint)] };
  }
  return { script: { name: job.script.replace(/^.*\//s, ""), text: text.value }, problems: [] };
}

function readScript(
  content: ScriptContent | undefined,
): Result<string, { readonly message: string; readonly hint?: string }> {
  if (content === undefined) return fail({ message: "the script was not read" });
  if (typeof content === "object" && "unread" in content) return fail({ message: content.unread });
  const bytes = typeof content === "string" ? utf8Length(content) : content.length;
  if (bytes > MAX_SCRIPT_BYTES) {
    return fail({ message: `the script has ${bytes} bytes; it can have ${MAX_SCRIPT_BYTES}` });
  }
  const decoded = decodeSource(content, "script");
  if (!decoded.ok)
    return fail({ message: `the script, line ${decoded.error.line}: ${decoded.error.message}` });
  const { text } = decoded.value;
  if (text.includes("\0")) return fail({ message: "the script holds a NUL character; it must be text" });
  const [firstLine = ""] = text.split("\n", 1);
  if (!/^#! *\//.test(firstLine)) {
    return fail({
      message: "the script's first line names no interpreter",
      hint: 'begin it with "#!/bin/sh", say',
    });
  }
  return firstLine.endsWith("\r")
    ? fail({
        message: "the script's lines end in CR LF",
        hint: "save it with LF line ends: no host finds /bin/sh\\r",
      })
    : succeed(text);
}
