import { lineProblem } from "./check-line.ts";

/**
 * The lines of an ssh_config file, split as OpenSSH's readconf.c and misc.c (strdelim, argv_split) do:
 * keyword, optional `=`, arguments with quotes and backslashes, comments.
 */
export interface ConfigLine {
  /** In lower case. */
  readonly keyword: string;
  readonly args: readonly string[];
  /** Everything after the keyword, as ProxyCommand, ProxyJump and Match take it. */
  readonly rest: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** The files that an Include names, in order; filled by whoever reads files. */
  readonly included?: readonly ConfigFile[];
}

export interface ConfigFile {
  readonly path: string;
  readonly lines: readonly ConfigLine[];
  /** Lines that ssh would refuse the whole file for. */
  readonly problems: readonly ConfigProblem[];
}

export interface ConfigProblem {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** Splits a file's text into its directives; what cannot be read is a problem with its line. */
export function parseConfigLines(path: string, text: string): ConfigFile {
  const lines: ConfigLine[] = [];
  const problems: ConfigProblem[] = [];
  for (const [index, raw] of text.split("\n").entries()) {
    const place = { file: path, line: index + 1 };
    const { token: keyword, rest } = splitToken(raw.replace(/[ \t\r\f]+$/, "").replace(/^[ \t\r]+/, ""));
    if (keyword === "" || keyword.startsWith("#")) continue;
    if (rest === "") {
      problems.push({ ...place, message: `no argument after ${keyword}` });
      continue;
    }
    const args = splitArguments(rest);
    const message =
      args === undefined && !isRaw(keyword) ? "unbalanced quotes" : lineProblem(keyword, args ?? [], rest);
    if (message !== undefined) problems.push({ ...place, message });
    else lines.push({ ...place, keyword: keyword.toLowerCase(), args: args ?? [], rest });
  }
  return { path, lines, problems };
}

function isRaw(keyword: string): boolean {
  return /^(proxycommand|proxyjump|localcommand|remotecommand|knownhostscommand|match)$/i.test(keyword);
}

/** strdelim: the first word, ended by white space or one `=`; it may stand in double quotes. */
export function splitToken(text: string): { readonly token: string; readonly rest: string } {
  if (text.startsWith('"')) {
    const end = text.indexOf('"', 1);
    if (end === -1) return { token: "", rest: "" };
    return { token: text.slice(1, end), rest: text.slice(end + 1).replace(/^[ \t\r]*=?[ \t\r]*/, "") };
  }
  const end = text.search(/[ \t\r"=]/);
  if (end === -1) return { token: text, rest: "" };
  const after = text.slice(end);
  const rest = after.startsWith('"') ? after : after.replace(/^[ \t\r]*=?[ \t\r]*/, "");
  return { token: text.slice(0, end), rest };
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
