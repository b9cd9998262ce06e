import type { z } from "zod";
import { formatPath } from "../problem.ts";
import type { Path } from "../problem.ts";
import { findingAt } from "../source/parse-source.ts";
import type { ParsedSource } from "../source/parse-source.ts";
import { nodeAt } from "../source/syntax-tree.ts";
import type { Finding } from "../source/syntax-tree.ts";
import { quote } from "../source/visible.ts";
import { knownKeys } from "./known-keys.ts";
import { suggest } from "./suggest.ts";

/** Where keys are at home, to say so when one stands elsewhere. */
export type Homes = Readonly<Record<string, readonly string[]>>;

/** What a schema says of a file. */
export interface Checked<T> {
  /** Present when the schema refuses nothing. */
  readonly data?: T;
  readonly findings: readonly Finding[];
  /** Paths of what it refuses, and of what its mistyped keys were meant for. */
  readonly wrong: readonly Path[];
}

/** Everything that the schema refuses, each once, with where it stands. */
export function checkSchema<T>(schema: z.ZodType<T>, parsed: ParsedSource, homes: Homes): Checked<T> {
  const result = schema.safeParse(parsed.value);
  if (result.success) return { data: result.data, findings: [], wrong: [] };
  const findings = new Map<string, Finding>();
  const wrong: Path[] = [];
  const meant = new Set<string>();
  for (const issue of result.error.issues) {
    if (issue.code !== "unrecognized_keys") continue;
    const path = plainPath(issue);
    const known = knownKeys(schema, path).filter((name) => name !== "$schema");
    for (const key of issue.keys) {
      const near = suggest(key, known);
      if (near !== undefined) {
        meant.add(formatPath([...path, near]));
        wrong.push([...path, near]);
      }
      wrong.push([...path, key]);
      if (key === "__proto__") continue; // check-tree.ts tells it
      const place = { path: [...path, key], at: "key" } as const;
      const hint = near === undefined ? (homeOf(key, homes) ?? listed(known)) : `did you mean ${near}?`;
      findings.set(formatPath(place.path), findingAt(parsed, place, `unknown key ${quote(key)}`, hint));
    }
  }
  for (const issue of result.error.issues) {
    if (issue.code === "unrecognized_keys") continue;
    const path = plainPath(issue);
    wrong.push(path);
    // A missing field whose name is only mistyped is told already.
    if (meant.has(formatPath(path)) && nodeAt(parsed.root, path) === undefined) continue;
    const found = wrongValue(parsed, path, issue);
    findings.set(`${formatPath(path)} ${issue.message}`, found);
  }
  return { findings: [...findings.values()], wrong };
}

function plainPath(issue: z.core.$ZodIssue): Path {
  return issue.path.map((step) => (typeof step === "symbol" ? String(step) : step));
}

function homeOf(key: string, homes: Homes): string | undefined {
  const home = Object.entries(homes).find(([, keys]) => keys.includes(key))?.[0];
  return home === undefined ? undefined : `${key} belongs ${home}`;
}

function listed(known: readonly string[]): string | undefined {
  return known.length === 0 ? undefined : `known here: ${known.join(", ")}`;
}

function wrongValue(parsed: ParsedSource, path: Path, issue: z.core.$ZodIssue): Finding {
  if (issue.code === "invalid_key") {
    return findingAt(parsed, { path, at: "key" }, issue.issues[0]?.message ?? issue.message);
  }
  const node = nodeAt(parsed.root, path);
  const bare = node?.type === "boolean" || node?.type === "number" || node?.type === "null";
  const asText =
    parsed.format === "YAML" && issue.code === "invalid_type" && issue.expected === "string" && bare;
  const hint = `without quotes YAML reads this as ${String(node?.value)}, which is no text: put it in quotes`;
  return findingAt(parsed, { path }, issue.message, asText ? hint : undefined);
}
