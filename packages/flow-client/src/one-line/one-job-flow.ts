import type { OptionTable, OptionValues } from "@roadrunner/core/cli";
import { optionName, optionsByField, Pairs } from "./job-options.ts";
import { shellLine } from "./shell-words.ts";

/** What a command line says of its one job. */
export interface OneLine {
  readonly hosts: string | undefined;
  /** Those after `--`; undefined: there was none. */
  readonly words: readonly string[] | undefined;
  readonly values: OptionValues<OptionTable>;
}

export type Job = Readonly<Record<string, unknown>>;

/** The job of a command line, and what is wrong with how it was said. */
export function jobOf(
  { hosts, words, values }: OneLine,
  base: Job,
): { readonly job: Job; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const fields: Record<string, unknown> = {};
  for (const field of optionsByField().keys()) {
    const option = optionName(field);
    const value = values[option];
    if (value === undefined) continue;
    fields[field] = value instanceof Pairs ? Object.fromEntries(value.entries) : value;
    if (value instanceof Pairs) problems.push(...twice(option, value));
  }
  if (values["repeatable"] === true) {
    if (fields["delivery"] === "once") problems.push("--repeatable and --delivery once exclude each other");
    fields["delivery"] = "repeatable";
  }
  const command = words === undefined || words.length === 0 ? undefined : shellLine(words);
  return {
    job: {
      ...base,
      ...(hosts === undefined ? {} : { hosts }),
      ...(command === undefined ? {} : { command }),
      ...fields,
    },
    problems,
  };
}

function twice(option: string, { entries }: Pairs): readonly string[] {
  const names = entries.map(([name]) => name);
  const repeated = new Set(names.filter((name, index) => names.indexOf(name) < index));
  return [...repeated].map((name) => `--${option}: ${name} was given twice; give it once`);
}

/** The flow of one job, as its file would hold it. */
export function flowText(job: Job, name?: string): string {
  const flow = { ...(name === undefined ? {} : { name }), slots: [{ jobs: [job] }] };
  return `${JSON.stringify(flow, undefined, 2)}\n`;
}

const MAX_TITLE = 100;

/** What the run is called in lists: its command, on one line. */
export function titleOf({ command, script }: Job): string {
  const text = typeof command === "string" ? command : `script ${String(script)}`;
  const line = text
    .toWellFormed()
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .trim();
  const characters = Array.from(line);
  let title = line;
  while (title.length > MAX_TITLE) {
    characters.pop();
    title = `${characters.join("").trimEnd()}…`;
  }
  return title === "" ? "run" : title;
}
