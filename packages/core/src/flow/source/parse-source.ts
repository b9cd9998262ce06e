import { getNodeValue } from "jsonc-parser";
import type { Result } from "../../errors.ts";
import { fail, succeed } from "../../errors.ts";
import { formatPath } from "../problem.ts";
import type { FlowProblem } from "../problem.ts";
import { checkTree } from "./check-tree.ts";
import { LIMITS } from "./limits.ts";
import { parseJson } from "./parse-json.ts";
import { parseYaml } from "./parse-yaml.ts";
import { decodeSource } from "./source-text.ts";
import type { SourceText } from "./source-text.ts";
import { finding, offsetOf } from "./syntax-tree.ts";
import type { Finding, Position, SyntaxNode } from "./syntax-tree.ts";

/** A file that could be read as JSON or YAML: its value, and where everything in it stands. */
export interface ParsedSource {
  readonly source: SourceText;
  readonly format: "JSON" | "YAML";
  readonly root: SyntaxNode;
  /** Plain data; objects have no prototype. */
  readonly value: unknown;
  /** What is wrong with it although it could be read: keys written twice and the like. */
  readonly findings: readonly Finding[];
  /** Where the value of a parameter has taken the place of its name: by the path as it is told. */
  readonly fromParams?: ReadonlyMap<string, string>;
}

/** By content: a file that begins with `{`, `[` or a comment's `/` is JSON, everything else YAML. */
export function parseSource(
  input: Uint8Array | string,
  file: string,
): Result<ParsedSource, readonly FlowProblem[]> {
  const tooLarge = (format: "JSON" | "YAML", limit: number): Result<never, readonly FlowProblem[]> => {
    const size = `${(input.length / 1048576).toFixed(1)} MiB`;
    return fail([
      {
        message: `the file has ${size}; as ${format} it can have ${limit / 1048576} MiB`,
        file,
        path: "",
        line: 1,
        column: 1,
        hint:
          format === "YAML"
            ? "as JSON it may be larger; host ranges such as db[1-5000] keep it small"
            : "host ranges such as db[1-5000] keep it small",
      },
    ]);
  };
  if (input.length > LIMITS.jsonBytes) return tooLarge("JSON", LIMITS.jsonBytes);
  const decoded = decodeSource(input, file);
  if (!decoded.ok) return fail([decoded.error]);
  const source = decoded.value;
  const begin = source.text.search(/\S/);
  if (begin === -1) return fail([source.problemAt(0, [], "the file is empty")]);
  const format = "{[/".includes(source.text.charAt(begin)) ? "JSON" : "YAML";
  if (format === "YAML" && input.length > LIMITS.yamlBytes) return tooLarge("YAML", LIMITS.yamlBytes);

  const parsed = format === "JSON" ? parseJson(source.text) : parseYaml(source.text);
  if (!parsed.ok) return fail(tellProblems(source, parsed.error));
  const root = parsed.value;
  if (root.type !== "object") {
    const found = finding(root.type === "null" ? begin : root.offset, [], notAnObject(root, format));
    return fail(tellProblems(source, [found]));
  }
  return succeed({ source, format, root, value: getNodeValue(root), findings: checkTree(root) });
}

function notAnObject(root: SyntaxNode, format: "JSON" | "YAML"): string {
  if (root.type === "null" && format === "YAML") return "the file is empty";
  const found = root.type === "array" ? "a list" : root.type === "null" ? "nothing" : `a ${root.type}`;
  return format === "JSON"
    ? `the file holds ${found}, not an object in { }`
    : `this is neither JSON (which begins with {) nor YAML with "key: value" lines; it holds ${found}`;
}

/** In the order of the file, and not more than an operator can read. */
export function tellProblems(source: SourceText, findings: readonly Finding[]): readonly FlowProblem[] {
  const sorted = findings.toSorted((a, b) => a.offset - b.offset);
  const told = sorted
    .slice(0, LIMITS.problems + 1)
    .map(({ offset, path, message, hint }) => source.problemAt(offset, path, message, hint));
  return cutProblems(told, sorted.length);
}

/** The first problems, and how many more there are. */
export function cutProblems(
  problems: readonly FlowProblem[],
  total = problems.length,
): readonly FlowProblem[] {
  const next = problems[LIMITS.problems];
  if (next === undefined) return problems;
  const more = total - LIMITS.problems;
  const { file, line, column } = next;
  const message = `and ${total < LIMITS.findings ? more : "many"} more problem${more === 1 ? "" : "s"} from here on`;
  return [...problems.slice(0, LIMITS.problems), { message, file, path: "", line, column }];
}

/** A finding at a position of a file that could be read. */
export function findingAt(parsed: ParsedSource, position: Position, message: string, hint?: string): Finding {
  const param = parsed.fromParams?.get(formatPath(position.path));
  const told = param === undefined ? message : `${message} (the parameter ${param})`;
  return finding(offsetOf(parsed.root, parsed.source.text, position), position.path, told, hint);
}

/** Makes a problem with something in a file that could be read. */
export type ProblemAt = (position: Position, message: string, hint?: string) => FlowProblem;

export function problemMaker(parsed: ParsedSource): ProblemAt {
  return (position, message, hint) => {
    const { offset, path, message: told } = findingAt(parsed, position, message, hint);
    return parsed.source.problemAt(offset, path, told, hint);
  };
}
