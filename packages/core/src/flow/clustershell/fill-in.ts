/**
 * Text with `$NAME` and `${NAME}` filled in, as Python's Template does it in ClusterShell: `$$` is a `$`, and any other
 * name, such as awk's `$11` or a variable of the shell, stays as it is.
 */
export function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(
    /\$(?:\$|([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})/g,
    (written: string, plain: string | undefined, braced: string | undefined) => {
      if (written === "$$") return "$";
      const name = plain ?? braced ?? "";
      return Object.hasOwn(values, name) ? (values[name] ?? written) : written;
    },
  );
}

/** Words as a shell parts them: white space between, quotes around, a backslash before. Undefined: a quote has no end. */
export function shellWords(text: string): readonly string[] | undefined {
  if (!/^(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^"'\\])*$/s.test(text)) return undefined;
  const words = text.matchAll(/(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+/gs);
  return Array.from(words, ([word]) =>
    word.replaceAll(
      /"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)/gs,
      (_written, double: string | undefined, single: string | undefined, escaped: string | undefined) =>
        double?.replaceAll(/\\(["\\])/g, "$1") ?? single ?? escaped ?? "",
    ),
  );
}
