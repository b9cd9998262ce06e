/**
 * One part of a path as a pattern, by the rules of the glob(3) that OpenSSH brings along: `*`, `?`, sets with `!`,
 * ranges and classes, and backslashes. It knows bytes and no characters, so names and patterns come as Latin-1 text.
 * (The glob packages know another language: braces, `**`, `^`.)
 */
export interface GlobPattern {
  /** Without a pattern in it: the name that it stands for. */
  readonly literal: string | undefined;
  readonly matches: (name: string) => boolean;
}

type Test = (char: string) => boolean;
/** A character, any one, or any number of them. */
type Piece = { readonly one: Test; readonly literal?: string } | "any";

const CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /[0-9A-Za-z]/,
  alpha: /[A-Za-z]/,
  blank: /[ \t]/,
  cntrl: /[\0-\x1f\x7f]/,
  digit: /[0-9]/,
  graph: /[!-~]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[ \t-\r]/,
  upper: /[A-Z]/,
  xdigit: /[0-9A-Fa-f]/,
};

interface Char {
  readonly char: string;
  /** It stood behind a backslash, and so for itself. */
  readonly isPlain: boolean;
}

export function globPattern(part: string): GlobPattern {
  const pieces = piecesOf(charsOf(part));
  const isLiteral = pieces?.every((piece) => piece !== "any" && piece.literal !== undefined) === true;
  const literal = (piece: Piece) => (piece === "any" ? "" : (piece.literal ?? ""));
  const [first] = pieces ?? [];
  const mayBeHidden = first !== undefined && literal(first) === ".";
  return {
    literal: isLiteral ? pieces.map(literal).join("") : undefined,
    // A dot at the beginning is matched by a dot alone.
    matches: (name) => pieces !== undefined && (mayBeHidden || !name.startsWith(".")) && fits(name, pieces),
  };
}

function charsOf(part: string): Char[] {
  const chars: Char[] = [];
  for (let at = 0; at < part.length; at += 1) {
    const isPlain = part[at] === "\\" && at + 1 < part.length;
    if (isPlain) at += 1;
    chars.push({ char: part.charAt(at), isPlain });
  }
  return chars;
}

/** Undefined: a class of a name that there is none of, which matches nothing. */
function piecesOf(chars: readonly Char[]): Piece[] | undefined {
  const pieces: Piece[] = [];
  for (let at = 0; at < chars.length; at += 1) {
    const { char = "", isPlain = true } = chars[at] ?? {};
    if (isPlain || !"*?[".includes(char)) pieces.push({ one: (other) => other === char, literal: char });
    else if (char === "*") pieces.push("any");
    else if (char === "?") pieces.push({ one: () => true });
    else {
      const set = setAt(chars, at + 1);
      if (set === "unknown class") return undefined;
      if (set === undefined) pieces.push({ one: (other) => other === "[", literal: "[" });
      else {
        pieces.push({ one: set.test });
        at = set.end;
      }
    }
  }
  return pieces;
}

/** The set that begins behind a bracket; undefined where it has no end, so that the bracket stands for itself. */
function setAt(
  chars: readonly Char[],
  start: number,
): { readonly test: Test; readonly end: number } | "unknown class" | undefined {
  const is = (at: number, char: string) => chars[at]?.char === char && !chars[at].isPlain;
  const negated = is(start, "!");
  const tests: Test[] = [];
  const first = negated ? start + 1 : start;
  for (let at = first; at < chars.length; at += 1) {
    // The first character stands for itself, a bracket too.
    if (is(at, "]") && at > first)
      return { test: (char) => tests.some((one) => one(char)) !== negated, end: at };
    const named = is(at, "[") && is(at + 1, ":") ? classAt(chars, at + 2) : undefined;
    if (named === "unknown class") return named;
    if (named !== undefined) {
      tests.push(named.test);
      at = named.end;
      // After a class, unlike after a character, a bracket ends the set even where the class came first.
      if (is(at + 1, "]")) return { test: (char) => tests.some((one) => one(char)) !== negated, end: at + 1 };
      continue;
    }
    const low = chars[at]?.char ?? "";
    if (is(at + 1, "-") && at + 2 < chars.length && !is(at + 2, "]")) {
      const high = chars[at + 2]?.char ?? "";
      tests.push((char) => low <= char && char <= high);
      at += 2;
    } else tests.push((char) => char === low);
  }
  return undefined;
}

/** `start`: behind `[:`; `end`: its last bracket. Undefined: no class at all. */
function classAt(
  chars: readonly Char[],
  start: number,
): { readonly test: Test; readonly end: number } | "unknown class" | undefined {
  const colon = chars.findIndex(({ char, isPlain }, at) => at >= start && char === ":" && !isPlain);
  if (colon === -1 || chars[colon + 1]?.char !== "]") return undefined;
  const known =
    CLASSES[
      chars
        .slice(start, colon)
        .map(({ char }) => char)
        .join("")
    ];
  return known === undefined ? "unknown class" : { test: (char) => known.test(char), end: colon + 1 };
}

/** Greedy with one step back, so never exponential. */
function fits(name: string, pieces: readonly Piece[]): boolean {
  let at = 0;
  let next = 0;
  let anyAt = -1;
  let retryAt = 0;
  while (at < name.length) {
    const piece = pieces[next];
    if (piece === "any") {
      anyAt = next;
      retryAt = at;
      next += 1;
    } else if (piece?.one(name.charAt(at)) === true) {
      at += 1;
      next += 1;
    } else if (anyAt !== -1) {
      retryAt += 1;
      at = retryAt;
      next = anyAt + 1;
    } else return false;
  }
  while (pieces[next] === "any") next += 1;
  return next === pieces.length;
}
