import { Composer, isAlias, isMap, isScalar, isSeq, Lexer, Parser } from "yaml";
import type { CST, Node as YamlNode, YAMLError } from "yaml";
import type { Result } from "../../errors.ts";
import { fail, succeed } from "../../errors.ts";
import type { Path } from "../problem.ts";
import { LIMITS } from "./limits.ts";
import { firstOfEachLine } from "./syntax-errors.ts";
import { finding } from "./syntax-tree.ts";
import type { Finding, SyntaxNode } from "./syntax-tree.ts";

const QUOTE_IT = "quote it if it is meant as text";

/** YAML 1.2, core schema; without aliases, anchors and tags, which hide what a flow does. */
export function parseYaml(text: string): Result<SyntaxNode, readonly Finding[]> {
  try {
    const composer = new Composer(OPTIONS);
    const [document, second] = firstTwo(composer.compose(tokens(text), true, text.length));
    const errors = [...(document?.errors ?? []), ...(document?.warnings ?? [])];
    if (errors.length > 0) return fail(firstOfEachLine(text, errors.slice(0, LIMITS.findings).map(describe)));
    if (second !== undefined) {
      return fail([
        finding(second.range[0], [], "not YAML: a second document begins here; a file holds one"),
      ]);
    }
    const findings: Finding[] = [];
    const root = convert(document?.contents ?? null, [], findings);
    return findings.length > 0 ? fail(findings) : succeed(root);
  } catch (error) {
    if (error instanceof TooDeep) return fail([tooDeep(error.offset)]);
    if (error instanceof RangeError) return fail([tooDeep(0)]);
    throw error;
  }
}

const OPTIONS = {
  version: "1.2",
  schema: "core",
  stringKeys: true,
  // Its own check compares each key with all others; check-tree.ts looks for them.
  uniqueKeys: false,
  prettyErrors: false,
} as const;

function firstTwo<T>(items: Iterable<T>): readonly [T?, T?] {
  const [first, second] = items;
  return first === undefined ? [] : second === undefined ? [first] : [first, second];
}

class TooDeep extends Error {
  readonly offset: number;
  constructor(offset: number) {
    super("nested too deep");
    this.offset = offset;
  }
}

/**
 * What parseDocument would read, but for a look at the depth before the parser goes there: it takes 12 s to
 * see that 1 MB of "[" is too deep.
 */
function* tokens(text: string): Generator<CST.Token, void> {
  const parser = new Parser();
  let offset = 0;
  let brackets = 0;
  let onLine = 0;
  for (const lexeme of new Lexer().lex(text)) {
    if (lexeme === "[" || lexeme === "{") brackets += 1;
    else if (lexeme === "]" || lexeme === "}") brackets -= 1;
    else if (lexeme === "-" || lexeme === "?") onLine += 1;
    else if (lexeme.includes("\n")) onLine = 0;
    if (brackets > LIMITS.depth || onLine > LIMITS.depth) throw new TooDeep(offset);
    offset += lexeme.length;
    yield* parser.next(lexeme);
  }
  yield* parser.end();
}

/** Ours for the yaml package's errors; those marked `alone` do not make others after them. */
const TEXTS: Partial<Record<YAMLError["code"], { text?: string; hint?: string; alone?: true }>> = {
  BAD_SCALAR_START: { hint: QUOTE_IT, alone: true },
  BLOCK_AS_IMPLICIT_KEY: {
    text: "a colon and a blank inside a text make it a key",
    hint: "quote the whole text",
    alone: true,
  },
  MISSING_CHAR: { hint: 'in YAML quote what has brackets inside a [list]: ["db[1-3]", api]' },
  NON_STRING_KEY: { text: "a key is a text, not a list or an object" },
  TAB_AS_INDENT: { hint: "indent with blanks" },
  TAG_RESOLVE_FAILED: { text: "this begins with ! and so is a YAML tag", hint: QUOTE_IT, alone: true },
  RESOURCE_EXHAUSTION: { text: `is nested more than ${LIMITS.depth} levels deep` },
};

/** `at: lb[1-2]` inside `{ … }`. */
const BRACKET = {
  text: "a bracket inside a text",
  hint: 'in YAML quote what has brackets inside {an object}: { at: "lb[1-2]" }',
  alone: false,
};

function describe(error: YAMLError): { finding: Finding; alone: boolean } {
  const isBracket = /flow-(seq|map)-start at node end/.test(error.message);
  const known = isBracket ? BRACKET : (TEXTS[error.code] ?? {});
  const message = `not YAML: ${known.text ?? error.message}`;
  return { finding: finding(error.pos[0], [], message, known.hint), alone: known.alone === true };
}

function tooDeep(offset: number): Finding {
  return finding(offset, [], `is nested more than ${LIMITS.depth} levels deep`);
}

/** To the tree that JSON comes to as well. */
function convert(node: YamlNode | null, path: Path, findings: Finding[]): SyntaxNode {
  const [start, end] = node?.range ?? [0, 0];
  const position = { offset: start, length: end - start };
  if (node === null) return { type: "null", value: null, ...position };
  if (path.length > LIMITS.depth) {
    if (findings.length === 0) findings.push(tooDeep(start));
    return { type: "null", value: null, ...position };
  }
  if (isAlias(node)) {
    findings.push(
      finding(start, path, `*${node.source} is a YAML alias, which a flow cannot have`, QUOTE_IT),
    );
    return { type: "null", value: null, ...position };
  }
  const { anchor, tag } = node as { anchor?: string; tag?: string };
  if (anchor !== undefined) {
    findings.push(finding(start, path, `&${anchor} is a YAML anchor, which a flow cannot have`, QUOTE_IT));
  }
  if (tag !== undefined) {
    findings.push(
      finding(
        start,
        path,
        `${tag.replace("tag:yaml.org,2002:", "!!")} is a YAML tag, which a flow cannot have`,
        QUOTE_IT,
      ),
    );
  }
  if (isSeq<YamlNode | null>(node)) {
    const children = node.items.map((item, index) => convert(item, [...path, index], findings));
    return { type: "array", children, ...position };
  }
  if (isMap<YamlNode, YamlNode | null>(node)) {
    const children = node.items.map(({ key, value }): SyntaxNode => {
      const name = isScalar(key) ? String(key.value) : "";
      const [from, to] = key.range ?? [0, 0];
      const keyNode: SyntaxNode = { type: "string", value: name, offset: from, length: to - from };
      const valueNode =
        value === null
          ? ({ type: "null", value: null, offset: from, length: to - from } as const)
          : convert(value, [...path, name], findings);
      const length = valueNode.offset + valueNode.length - from;
      return { type: "property", offset: from, length, children: [keyNode, valueNode] };
    });
    return { type: "object", children, ...position };
  }
  return scalar(isScalar(node) ? node.value : null, position);
}

function scalar(value: unknown, position: { offset: number; length: number }): SyntaxNode {
  switch (typeof value) {
    case "string":
      return { type: "string", value, ...position };
    case "number":
      return { type: "number", value, ...position };
    case "boolean":
      return { type: "boolean", value, ...position };
    default:
      return { type: "null", value: null, ...position };
  }
}
