/**
 * Takes out of shell text what is there for people: comments, indentation, blanks and newlines that no shell needs.
 * It knows as much of the grammar as the host's program uses: no here-document, no blank in a quoted part of an
 * expansion that is itself quoted.
 */
export function stripShell(text: string): string {
  let stripped = "";
  let last = "";
  let between = "";
  for (const { 0: token, groups } of text.matchAll(TOKEN)) {
    if (groups?.["comment"] !== undefined) continue;
    if (groups?.["blank"] !== undefined) {
      between = between.includes("\n") || token.replaceAll("\\\n", "").includes("\n") ? "\n" : " ";
      continue;
    }
    const isNeeded =
      between === "\n" ? needsNewline(last, token) : between === " " && needsBlank(last, token);
    // The last case needs no mark of its end, unless it is empty.
    if (token === "esac" && stripped.endsWith(";;") && !stripped.endsWith(");;"))
      stripped = stripped.slice(0, -1);
    last = shortWord(token);
    stripped += (isNeeded ? between : "") + last;
    between = "";
  }
  return stripped;
}

/** A `#` begins a comment only where a token begins, which a word that holds one does not. */
const TOKEN =
  /(?<blank>(?:[ \t\n]|\\\n)+)|(?<comment>#[^\n]*)|;;|&&|\|\||[<>]&|<>|>>|[;&|()<>]|(?:'[^']*'|"(?:[^"\\]|\\[^])*"|\\[^]|\$\(\([^()]*\)\)|\$\([^()]*\)|\$\{(?:[^{}\\]|\\[^]|\$\{[^{}]*\})*\}|[^\s;&|()<>'"\\$]|\$)+/g;

const SEPARATORS = new Set([";", ";;", "&&", "||", "|", "&"]);

function needsNewline(before: string, after: string): boolean {
  return !(before === "" || before === "(" || SEPARATORS.has(before) || after === ")" || after === ";;");
}

function needsBlank(before: string, after: string): boolean {
  if (before === "(") return after === "(";
  if (before === "" || before === ")" || SEPARATORS.has(before) || /^[<>]/.test(before)) return false;
  if (after === ")" || SEPARATORS.has(after)) return false;
  // A number before it would be taken for a descriptor; `}` is a word only where a blank follows.
  return !/^[<>]/.test(after) || /\d$/.test(before) || before === "}";
}

/** Without quotes that hold nothing to be quoted, and without blanks in arithmetic. */
function shortWord(word: string): string {
  return word
    .replace(/^(\w+=)'(\w*)'$/, "$1$2")
    .replace(/\$\(\([^()]*\)\)/g, (sum) => sum.replaceAll(" ", ""));
}
