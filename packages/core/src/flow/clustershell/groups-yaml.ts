import type { Result } from "../../errors.ts";
import { fail, succeed } from "../../errors.ts";
import type { FlowProblem } from "../problem.ts";
import { parseSource, problemMaker, tellProblems } from "../source/parse-source.ts";
import { quote } from "../source/visible.ts";
import { SOURCE_PATTERN } from "./groups-conf.ts";

/** A source whose groups a file holds. */
export interface FileSource {
  readonly kind: "file";
  readonly name: string;
  readonly file: string;
  /** What is written for each group: a text, or a list of them; anything else is a problem of who names it. */
  readonly groups: ReadonlyMap<string, string | undefined>;
  readonly problem: (message: string, hint?: string) => FlowProblem;
  readonly groupProblem: (group: string, message: string, hint?: string) => FlowProblem;
}

/** Reads a YAML file of ClusterShell's `autodir`: sources, and in each its groups. */
export function loadGroupsYaml(
  text: Uint8Array | string,
  file: string,
): Result<readonly FileSource[], readonly FlowProblem[]> {
  const read = parseSource(text, file);
  if (!read.ok) return read;
  const parsed = read.value;
  if (parsed.findings.length > 0) return fail(tellProblems(parsed.source, parsed.findings));
  const problemAt = problemMaker(parsed);
  const problems: FlowProblem[] = [];
  const sources = Object.entries(parsed.value as object).flatMap(
    ([name, groups]: readonly [string, unknown]): readonly FileSource[] => {
      const problem: FileSource["problem"] = (message, hint) =>
        problemAt({ path: [name], at: "key" }, message, hint);
      if (!SOURCE_PATTERN.test(name))
        problems.push(
          problem(`${quote(name)} is no name of a source of groups`, "letters, digits, _ . and -"),
        );
      else if (typeof groups !== "object" || groups === null || Array.isArray(groups))
        problems.push(problem(`the source ${name} must hold groups, as in web: 'web[1-9]'`));
      return [
        {
          ...{ kind: "file", name, file, problem },
          groups: new Map(Object.entries(groups ?? {}).map(([group, value]) => [group, textOf(value)])),
          groupProblem: (group, message, hint) =>
            problemAt({ path: [name, group], at: "key" }, message, hint),
        },
      ];
    },
  );
  return problems.length > 0 ? fail(problems) : succeed(sources);
}

function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (!Array.isArray(value) || !value.every((one) => typeof one === "string")) return undefined;
  return value.join(",");
}
