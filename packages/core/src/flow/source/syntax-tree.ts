import type { Node } from "jsonc-parser";
import type { Path } from "../problem.ts";

/**
 * What a file says, with the position of everything. JSON and YAML come to the same tree, jsonc-parser's:
 * a `property` node has its key and (unless broken) its value as children.
 */
export type SyntaxNode = Node;

/** Something wrong at an offset into the text; it becomes a FlowProblem when it is told. */
export interface Finding {
  readonly offset: number;
  readonly path: Path;
  readonly message: string;
  readonly hint?: string;
}

/** A wrong finding keeps its optional hint out rather than undefined. */
export function finding(offset: number, path: Path, message: string, hint?: string): Finding {
  return hint === undefined ? { offset, path, message } : { offset, path, message, hint };
}

/** The node of a value, or undefined where the path leads nowhere. */
export function nodeAt(root: SyntaxNode, path: Path): SyntaxNode | undefined {
  let node: SyntaxNode | undefined = root;
  for (const step of path) {
    if (node === undefined) return undefined;
    node = typeof step === "number" ? arrayItem(node, step) : propertyOf(node, step)?.children?.[1];
  }
  return node;
}

/** What a problem is about: a value, its key, or a character (from 1) of a text. */
export interface Position {
  readonly path: Path;
  readonly at?: "value" | "key";
  readonly column?: number;
}

/** Where that stands; of a missing value, the nearest thing around it; of a text with escapes, its start. */
export function offsetOf(root: SyntaxNode, text: string, { path, at, column }: Position): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node =
      at === "key" && length === path.length ? keyAt(root, path) : nodeAt(root, path.slice(0, length));
    if (node === undefined) continue;
    return column === undefined || length < path.length ? node.offset : offsetInText(node, text, column);
  }
  return root.offset;
}

function keyAt(root: SyntaxNode, path: Path): SyntaxNode | undefined {
  const object = nodeAt(root, path.slice(0, -1));
  const key = path.at(-1);
  return object === undefined || typeof key !== "string" ? undefined : propertyOf(object, key)?.children?.[0];
}

function offsetInText(node: SyntaxNode, text: string, column: number): number {
  const raw = text.slice(node.offset, node.offset + node.length);
  const start = typeof node.value === "string" ? raw.indexOf(node.value) : -1;
  return start === 0 || start === 1 ? node.offset + start + column - 1 : node.offset;
}

function arrayItem(node: SyntaxNode, index: number): SyntaxNode | undefined {
  return node.type === "array" ? node.children?.[index] : undefined;
}

/** Of a repeated key the last counts, as in the value. */
function propertyOf(node: SyntaxNode, key: string): SyntaxNode | undefined {
  if (node.type !== "object") return undefined;
  const known = PROPERTIES.get(node) ?? byKey(node);
  PROPERTIES.set(node, known);
  return known.get(key);
}

/** Kept with the object, so that many problems in a large one do not each look through it. */
const PROPERTIES = new WeakMap<SyntaxNode, ReadonlyMap<string, SyntaxNode>>();

function byKey(node: SyntaxNode): ReadonlyMap<string, SyntaxNode> {
  return new Map((node.children ?? []).map((property) => [String(property.children?.[0]?.value), property]));
}
