import type { z } from "zod";
import { formatPath } from "../problem.ts";
import type { Path } from "../problem.ts";
import { findingAt } from "../source/parse-source.ts";
import type { ParsedSource } from "../source/parse-source.ts";
import { LIMITS } from "../source/limits.ts";
import { nodeAt } from "../source/syntax-tree.ts";
import type { Finding } from "../source/syntax-tree.ts";
import { quote } from "../source/visible.ts";
import { knownKeys, takesText } from "./known-keys.ts";
import { suggest } from "./suggest.ts";

/** Where keys are at home, to say so when one stands elsewhere. */
export type Homes = Readonly<Record<string, readonly string[]>>;

/** What a schema says of a file. */
export interface Checked<T> {
  /** Present when the schema refuses nothing. */
  readonly data?: T;
  readonly findings: readonly Finding[];
  /** Paths of what it refuses, and of what its mistyped keys were meant for; of very many, the whole. */
  readonly wrong: readonly Path[];
}

/** Everything that the schema refuses, each once, with where it stands. */
export function checkSchema<T>(schema: z.ZodType<T>, parsed: ParsedSource, homes: Homes): Checked<T> {
  const result = parseWith(schema, parsed);
  if ("data" in result) return { data: result.data, findings: [], wrong: [] };
  const issues = result.issues.flatMap(insideOfUnion);
  const unknown = issues
    .filter((issue) => issue.code === "unrecognized_keys")
    .flatMap((issue) => issue.keys.map((key) => ({ within: plainPath(issue), key })))
    .slice(0, LIMITS.findings)
    .map(({ within, key }, index) => unknownKey(schema, within, key, index < LIMITS.problems));
  const values = issues.filter((issue) => issue.code !== "unrecognized_keys").slice(0, LIMITS.findings);
  const meant = unknown.flatMap(({ near }) => (near === undefined ? [] : [near]));
  const told = new Set(meant.map(formatPath));
  const findings = [
    // check-tree.ts tells of __proto__ wherever it stands.
    ...unknown
      .filter(({ path }) => path.at(-1) !== "__proto__")
      .map((key) => tellUnknown(parsed, key, homes)),
    ...values
      // A missing field whose name is only mistyped is told already.
      .filter((issue) => !told.has(formatPath(plainPath(issue))) || nodeAt(parsed.root, plainPath(issue)))
      .map((issue) => wrongValue(schema, parsed, plainPath(issue), issue)),
  ];
  const wrong = [...unknown.map(({ path }) => path), ...meant, ...values.map(plainPath)];
  return { findings: distinct(findings), wrong: values.length < LIMITS.findings ? wrong : [[]] };
}

type Issues = readonly z.core.$ZodIssue[];

/** zod hands issues on as arguments of a call, and so has an end at some 100,000 of them in one list. */
function parseWith<T>(schema: z.ZodType<T>, { value }: ParsedSource): { data: T } | { issues: Issues } {
  try {
    const result = schema.safeParse(value);
    return result.success ? { data: result.data } : { issues: result.error.issues };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const front = schema.safeParse(frontOf(value));
    const message = "has more problems than can be told";
    return { issues: front.success ? [{ code: "custom", path: [], message }] : front.error.issues };
  }
}

/** Of "a text, or a list of them": where a list was written, what is wrong with its entries. */
function insideOfUnion(issue: z.core.$ZodIssue): Issues {
  if (issue.code !== "invalid_union") return [issue];
  const branch = issue.errors.find((errors) => errors.some((inner) => inner.path.length > 0));
  return branch?.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })) ?? [issue];
}

/** The value with the first entries of each list only. */
function frontOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, LIMITS.findings).map(frontOf);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, frontOf(item)]));
}

function distinct(findings: readonly Finding[]): readonly Finding[] {
  return [
    ...new Map(findings.map((found) => [`${formatPath(found.path)} ${found.message}`, found])).values(),
  ];
}

interface UnknownKey {
  readonly path: Path;
  /** Path of the field that was probably meant. */
  readonly near?: Path;
  readonly known: readonly string[];
}

function unknownKey(schema: z.ZodType, within: Path, key: string, suggesting: boolean): UnknownKey {
  const known = knownKeys(schema, within).filter((name) => name !== "$schema");
  const near = suggesting ? suggest(key, known) : undefined;
  return { path: [...within, key], known, ...(near === undefined ? {} : { near: [...within, near] }) };
}

function tellUnknown(parsed: ParsedSource, { path, near, known }: UnknownKey, homes: Homes): Finding {
  const key = path.at(-1);
  const listed = known.length === 0 ? undefined : `known here: ${known.join(", ")}`;
  const hint = near === undefined ? (homeOf(String(key), homes) ?? listed) : `did you mean ${near.at(-1)}?`;
  return findingAt(parsed, { path, at: "key" }, `unknown key ${quote(key)}`, hint);
}

function plainPath(issue: z.core.$ZodIssue): Path {
  return issue.path.map((step) => (typeof step === "symbol" ? String(step) : step));
}

function homeOf(key: string, homes: Homes): string | undefined {
  const home = Object.entries(homes).find(([, keys]) => keys.includes(key))?.[0];
  return home === undefined ? undefined : `${key} belongs ${home}`;
}

function wrongValue(schema: z.ZodType, parsed: ParsedSource, path: Path, issue: z.core.$ZodIssue): Finding {
  if (issue.code === "invalid_key") {
    return findingAt(parsed, { path, at: "key" }, issue.issues[0]?.message ?? issue.message);
  }
  const node = nodeAt(parsed.root, path);
  const bare = node?.type === "boolean" || node?.type === "number" || node?.type === "null";
  const wantsText =
    issue.code === "invalid_union" || (issue.code === "invalid_type" && issue.expected === "string");
  const isNoText = wantsText && bare;
  // Quotes help only where the same in quotes is right.
  const asText = parsed.format === "YAML" && isNoText && takesText(schema, path, String(node.value));
  const hint = `without quotes YAML reads this as ${String(node?.value)}, which is no text: put it in quotes`;
  return findingAt(parsed, { path }, issue.message, asText ? hint : undefined);
}
