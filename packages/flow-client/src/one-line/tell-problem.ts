import { formatFlowProblem, type FlowProblem } from "@roadrunner/core";
import { optionName } from "./job-options.ts";

/** What stands in place of an option. */
const WORDS: Readonly<Record<string, string>> = { hosts: "HOSTS", command: "COMMAND" };
const JOB = /^slots\[0\]\.jobs\[0\](?:\.(\w+)(.*))?$/s;

/**
 * A problem of the flow that a command line comes to, told of the option that says it: nobody has seen the flow. Of
 * hosts, the place in what was typed is shown.
 */
export function problemTeller(text: string, file: string): (problem: FlowProblem) => string {
  return (problem) => {
    const [isOfJob, field, rest = ""] = JOB.exec(problem.path) ?? [];
    if (problem.file !== file || isOfJob === undefined) return formatFlowProblem(problem);
    const { message, hint } = problem;
    const shown = field === "hosts" ? placeIn(text, problem) : [];
    return [
      `${nameOf(field, rest)}: ${message}`,
      ...shown,
      ...(hint === undefined ? [] : [`  ${hint}`]),
    ].join("\n");
  };
}

function nameOf(field: string | undefined, rest: string): string {
  if (field === undefined) return "the job";
  const part = /^(?:\.(.+)|\["(.*)"\])$/s.exec(rest);
  const name = part?.[1] ?? part?.[2];
  return `${WORDS[field] ?? `--${optionName(field)}`}${name === undefined ? "" : ` ${name}`}`;
}

const MAX_SHOWN = 100;

function placeIn(text: string, { line, column }: FlowProblem): readonly string[] {
  const source = text.split("\n")[line - 1] ?? "";
  const [head = "", written = ""] = /^\s*"hosts": "(.*)",?$/.exec(source) ?? [];
  const start = head.indexOf(': "') + 3;
  if (written === "" || written.length > MAX_SHOWN || written.includes("\\")) return [];
  return [`  ${written}`, `  ${" ".repeat(Math.max(0, column - 1 - start))}^`];
}
