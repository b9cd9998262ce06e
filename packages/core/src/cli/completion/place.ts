import type { OptionSpec, OptionTable } from "../options.ts";
import type { TypedLine } from "./typed-line.ts";

/** What stands at the cursor: an option's name, the value of one, or a word of its own. */
export type Place =
  | { readonly kind: "option" }
  | {
      readonly kind: "value";
      readonly spec: OptionSpec<unknown>;
      /** What of the word is no part of the value: `--output=`. */
      readonly before: string;
      readonly text: string;
    }
  | { readonly kind: "word"; readonly earlier: readonly string[] }
  /** Behind `--`: words of somebody else's command. */
  | { readonly kind: "foreign" };

export function placeOf({ words, current }: TypedLine, tables: readonly OptionTable[]): Place {
  if (words.includes("--")) return { kind: "foreign" };
  const joined = /^(--?[^=]+)=(.*)$/s.exec(current);
  if (joined !== null) {
    const [, name = "", text = ""] = joined;
    const spec = specOf(name, tables);
    return spec === undefined ? { kind: "foreign" } : { kind: "value", spec, before: `${name}=`, text };
  }
  const behind = takesNext(words.at(-1), tables);
  if (behind !== undefined) return { kind: "value", spec: behind, before: "", text: current };
  if (current.startsWith("-")) return { kind: "option" };
  return { kind: "word", earlier: plainWords(words, tables) };
}

/** The words that are neither options nor values of options. */
export function plainWords(words: readonly string[], tables: readonly OptionTable[]): readonly string[] {
  return words.filter((word, index) => {
    if (word === "-") return true;
    return !word.startsWith("-") && takesNext(words[index - 1], tables) === undefined;
  });
}

/** The value that an option, or its letter, has on the line so far. */
export function valueOnLine(words: readonly string[], name: string, alias?: string): string | undefined {
  const forms = [`--${name}`, ...(alias === undefined ? [] : [`-${alias}`])];
  const at = words.findLastIndex((word) =>
    forms.some((form) => word === form || word.startsWith(`${form}=`)),
  );
  const word = words[at];
  if (word === undefined) return undefined;
  return word.includes("=") ? word.slice(word.indexOf("=") + 1) : words[at + 1];
}

function takesNext(
  word: string | undefined,
  tables: readonly OptionTable[],
): OptionSpec<unknown> | undefined {
  if (word === undefined || !word.startsWith("-") || word.includes("=")) return undefined;
  const spec = specOf(word, tables);
  return spec === undefined || spec.flag === true || spec.alone !== undefined ? undefined : spec;
}

function specOf(written: string, tables: readonly OptionTable[]): OptionSpec<unknown> | undefined {
  for (const table of tables) {
    for (const [name, spec] of Object.entries(table)) {
      if (written === `--${name}` || (spec.alias !== undefined && written === `-${spec.alias}`)) return spec;
    }
  }
  return undefined;
}
