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
  /** What the box's own ssh can do and ssh2 cannot: a directive, or "match" and its criterion. */
  readonly beyondUs?: string;
  /** It is about this process or its box, and not about the file: out of file descriptors, and the like. */
  readonly passes?: true;
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
