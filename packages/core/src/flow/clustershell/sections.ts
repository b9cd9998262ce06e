import type { Result } from "../../errors.ts";
import { fail, succeed } from "../../errors.ts";
import type { FlowProblem } from "../problem.ts";
import { LIMITS } from "../source/limits.ts";
import { decodeSource } from "../source/source-text.ts";
import type { SourceText } from "../source/source-text.ts";
import { quote } from "../source/visible.ts";

export interface Setting {
  readonly value: string;
  readonly offset: number;
}

/** `[name]`, and what is written below it, by keys in small letters. */
export interface Section {
  readonly name: string;
  readonly offset: number;
  readonly settings: ReadonlyMap<string, Setting>;
}

export interface Sections {
  readonly source: SourceText;
  readonly sections: readonly Section[];
}

const MOST_BYTES = 1024 * 1024;
/** What every section would have: nobody writes it in this file, and it would change [Main] as well. */
const OF_ALL = "DEFAULT";

/**
 * A file of sections, as Python's ConfigParser reads it: `key: value` or `key = value`, lines that are indented further go
 * on with the value, lines that begin with # or ; are comments.
 */
export function readSections(
  text: Uint8Array | string,
  file: string,
): Result<Sections, readonly FlowProblem[]> {
  if (text.length > MOST_BYTES) {
    const message = "the file has more than 1 MiB; that is no groups.conf";
    return fail([{ message, file, path: "", line: 1, column: 1 }]);
  }
  const decoded = decodeSource(text, file);
  if (!decoded.ok) return fail([decoded.error]);
  const source = decoded.value;
  const reader = new Reader(source);
  let offset = 0;
  for (const line of source.text.split("\n")) {
    reader.take(line, offset);
    if (reader.isLost()) break;
    offset += line.length + 1;
  }
  return reader.problems.length > 0
    ? fail(reader.problems)
    : succeed({ source, sections: reader.sections() });
}

class Reader {
  readonly problems: FlowProblem[] = [];
  readonly #source: SourceText;
  readonly #sections = new Map<string, Section & { readonly settings: Map<string, Setting> }>();
  #section: { readonly settings: Map<string, Setting> } | undefined;
  #key: string | undefined;
  #indent = 0;

  constructor(source: SourceText) {
    this.#source = source;
  }

  /** Whether what follows would be told wrongly, or is too much to be read by anybody. */
  isLost(): boolean {
    return (
      this.problems.length >= LIMITS.problems || (this.#section === undefined && this.problems.length > 0)
    );
  }

  sections(): readonly Section[] {
    // Empty lines before the next key are of the value until it is known that nothing goes on.
    for (const { settings } of this.#sections.values())
      for (const [key, setting] of settings)
        settings.set(key, { ...setting, value: setting.value.trimEnd() });
    return [...this.#sections.values()];
  }

  take(line: string, offset: number): void {
    const text = line.trim();
    if (/^[#;]/.test(text)) return;
    const indent = line.search(/\S/);
    if (text === "" || (this.#key !== undefined && indent > this.#indent)) {
      this.#goOn(text);
      return;
    }
    this.#indent = indent;
    const section = /^\[(.+)\]/.exec(text)?.[1];
    if (section !== undefined) this.#begin(section, offset + indent);
    else this.#set(text, offset + indent);
  }

  #goOn(text: string): void {
    const before = this.#key === undefined ? undefined : this.#section?.settings.get(this.#key);
    if (before === undefined || this.#key === undefined) return;
    this.#section?.settings.set(this.#key, { ...before, value: `${before.value}\n${text}` });
  }

  #begin(name: string, offset: number): void {
    this.#key = undefined;
    const section = { name, offset, settings: new Map<string, Setting>() };
    this.#section = section;
    if (name === OF_ALL) this.#fault(offset, `a section [${OF_ALL}] for all others is not read`);
    else if (this.#sections.has(name)) this.#fault(offset, `the section [${name}] is there twice`);
    else this.#sections.set(name, section);
  }

  #set(text: string, offset: number): void {
    this.#key = undefined;
    const [, written = "", value = ""] = /^([^=:]*)[=:](.*)$/s.exec(text) ?? [];
    const key = written.trim().toLowerCase();
    if (this.#section === undefined) {
      const hint =
        "a groups.conf begins with a section such as [Main]; YAML files of groups are found by its autodir";
      this.#fault(offset, "this stands before any section", hint);
    } else if (key === "") {
      this.#fault(offset, `${quote(text)} is no "key: value"`);
    } else if (this.#section.settings.has(key)) {
      this.#fault(offset, `${key} is there twice in this section`);
    } else {
      this.#key = key;
      this.#section.settings.set(key, { value: value.trim(), offset });
    }
  }

  #fault(offset: number, message: string, hint?: string): void {
    this.problems.push(this.#source.problemAt(offset, [], message, hint));
  }
}
