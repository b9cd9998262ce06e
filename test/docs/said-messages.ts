import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseAst } from "vitest/node";

const ROOT = fileURLToPath(new URL("../../packages/", import.meta.url));

/** A text that a program may say, with `…` for what varies. */
export interface Said {
  readonly text: string;
  /** Of fewer than three words, or within another one: a part of a message. */
  readonly isPart: boolean;
  /** From `packages/` on. */
  readonly file: string;
  readonly line: number;
}

/**
 * Every text in the sources, whatever makes or carries it: so none is missed that is said in a new way. Left out is
 * what cannot be a message, by what stands around it (`isNoMessage`).
 */
export function saidMessages(): readonly Said[] {
  return readdirSync(ROOT, { recursive: true, encoding: "utf8" })
    .filter((file) => /^[\w-]+\/src\/.*(?<!\.d)\.ts$/.test(file))
    .toSorted()
    .flatMap((file) => saidIn(file, readFileSync(join(ROOT, file), "utf8")));
}

/** A node of the syntax tree, ESTree's with TypeScript's. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly [field: string]: unknown;
}

function saidIn(file: string, source: string): readonly Said[] {
  const said: Said[] = [];
  const visit = (node: Node, around: Node, isPart: boolean): void => {
    if (isNoMessage(node, around)) return;
    const text = textOf(node);
    const isMessage = text !== undefined && !isPart && isSentence(text);
    if (text !== undefined && !text.startsWith("bug: "))
      said.push({ text, isPart: !isMessage, file, line: source.slice(0, node.start).split("\n").length });
    for (const child of childrenOf(node)) visit(child, node, isPart || isMessage);
  };
  const tree = parseAst(source, { lang: "ts" }, file) as unknown as Node;
  visit(tree, tree, false);
  return said;
}

function childrenOf(node: Node): readonly Node[] {
  return Object.values(node).flat().filter(isNode);
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as Partial<Node>).type === "string";
}

/** The text of a literal, of a template, or of such joined by `+`. */
function textOf(node: Node): string | undefined {
  if (node.type === "Literal") return typeof node["value"] === "string" ? node["value"] : undefined;
  if (node.type === "TemplateLiteral")
    return (node["quasis"] as readonly { readonly value: { readonly cooked: string } }[])
      .map(({ value }) => value.cooked)
      .join("…");
  if (node.type !== "BinaryExpression" || node["operator"] !== "+") return undefined;
  const [left, right] = [textOf(node["left"] as Node), textOf(node["right"] as Node)];
  return left === undefined && right === undefined ? undefined : `${left ?? "…"}${right ?? "…"}`;
}

function isSentence(text: string): boolean {
  return (text.match(/[A-Za-z']+/g) ?? []).length >= 3 && /[a-z] [a-z]/.test(text);
}

/** Option tables and the command line's help; what a metric means. */
const HELPS = /^(?:\w+Option|usage|example|command|epilogue|option|positional|grouped|gauge|counter)$/;
const HELP_FIELDS = new Set(["description", "describe", "help", "defaultText", "group"]);
/** What looks at texts, and what only developers see. */
const LOOKS = new Set([
  "startsWith",
  "endsWith",
  "includes",
  "split",
  "replace",
  "replaceAll",
  "debug",
  "test",
  // Questions to a database.
  "selectFrom",
  "innerJoin",
  "leftJoin",
  "select",
  "prepare",
  "exec",
  "query",
]);

function isNoMessage(node: Node, around: Node): boolean {
  if (around.type === "CallExpression" && around["callee"] !== node && isLookedAt(node, around)) return true;
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportAllDeclaration":
      return true;
    case "TaggedTemplateExpression":
      return nameOf(node["tag"] as Node) === "sql";
    case "BinaryExpression":
      return node["operator"] === "===" || node["operator"] === "!==";
    case "Property":
      return HELP_FIELDS.has(nameOf(node["key"] as Node)) && textOf(node["value"] as Node) !== undefined;
    // An exception is a bug of ours.
    case "NewExpression":
      return /^(?:Range|Type)?Error$/.test(nameOf(node["callee"] as Node));
    case "MemberExpression":
      return LOOKS.has(nameOf(node["property"] as Node)) && textOf(node["object"] as Node) !== undefined;
    default:
      return node.type.startsWith("TS") && !/^TS(?:As|Satisfies|NonNull)/.test(node.type);
  }
}

function isLookedAt(node: Node, call: Node): boolean {
  const callee = call["callee"] as Node;
  const called = nameOf(callee.type === "MemberExpression" ? (callee["property"] as Node) : callee);
  return LOOKS.has(called) || (HELPS.test(called) && textOf(node) !== undefined);
}

function nameOf(node: Node): string {
  return typeof node["name"] === "string" ? node["name"] : "";
}
