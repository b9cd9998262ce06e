import { lineProblem } from "./check-line.ts";
import { splitToken, type ConfigFile, type ConfigLine, type ConfigProblem } from "./config-line.ts";

/** Splits a file's text into its directives; what cannot be read is a problem with its line. */
export function parseConfigLines(path: string, text: string): ConfigFile {
  const lines: ConfigLine[] = [];
  const problems: ConfigProblem[] = [];
  for (const [index, raw] of text.split("\n").entries()) {
    const line = { file: path, line: index + 1 };
    const { token: keyword, rest } = splitToken(raw.replace(/[ \t\r\f]+$/, "").replace(/^[ \t\r]+/, ""));
    if (keyword === "" || keyword.startsWith("#")) continue;
    if (rest === "") {
      problems.push({ ...line, message: `no argument after ${keyword}` });
      continue;
    }
    const args = splitArguments(rest);
    const message =
      args === undefined && !isRaw(keyword) ? "unbalanced quotes" : lineProblem(keyword, args ?? [], rest);
    if (message !== undefined) problems.push({ ...line, message });
    else lines.push({ ...line, keyword: keyword.toLowerCase(), args: args ?? [], rest });
  }
  return { path, lines, problems };
}

function isRaw(keyword: string): boolean {
  return /^(proxycommand|proxyjump|localcommand|remotecommand|knownhostscommand|match)$/i.test(keyword);
}

/** argv_split: words with '…', "…" and backslashes; `#` at the start of a word ends the line. */
export function splitArguments(text: string): readonly string[] | undefined {
  const words: string[] = [];
  let at = 0;
  while (at < text.length) {
    if (text[at] === " " || text[at] === "\t") {
      at += 1;
      continue;
    }
    if (text[at] === "#") break;
    let word = "";
    let quote = "";
    for (; at < text.length; at += 1) {
      const char = text.charAt(at);
      const next = text.charAt(at + 1);
      const escapes = next === "'" || next === '"' || next === "\\" || (quote === "" && next === " ");
      if (char === "\\" && escapes) {
        word += next;
        at += 1;
      } else if (quote === "" && (char === " " || char === "\t")) break;
      else if (quote === "" && (char === '"' || char === "'")) quote = char;
      else if (char === quote) quote = "";
      else word += char;
    }
    if (quote !== "") return undefined;
    words.push(word);
  }
  return words;
}
