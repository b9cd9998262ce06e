import type { Code } from "./written-numbers.ts";
import { splitNumbers } from "./written-numbers.ts";

/** Names that differ only in their numbers: row r is `texts[0]`, `columns[0][r]`, `texts[1]`, … */
export interface HostTable {
  readonly texts: readonly string[];
  readonly columns: readonly (readonly Code[])[];
}

/** Sorts names into tables by what they have apart from numbers. */
export class HostTables {
  readonly all: HostTable[] = [];
  readonly #byTexts = new Map<string, GrowingTable>();
  #latest: GrowingTable | undefined;

  add(name: string): void {
    const { texts, codes } = splitNumbers(name);
    const table = this.#table(texts);
    for (const [index, code] of codes.entries()) table.columns[index]?.push(code);
  }

  #table(texts: readonly string[]): GrowingTable {
    // Most names stand beside others of their kind.
    if (this.#latest && isEqual(this.#latest.texts, texts)) return this.#latest;
    // No name holds a line feed, so no two lists of texts are confused.
    const key = texts.join("\n");
    const table = this.#byTexts.get(key) ?? this.#newTable(key, texts);
    this.#latest = table;
    return table;
  }

  #newTable(key: string, texts: readonly string[]): GrowingTable {
    const table = { texts, columns: texts.slice(1).map((): Code[] => []) };
    this.#byTexts.set(key, table);
    this.all.push(table);
    return table;
  }
}

interface GrowingTable extends HostTable {
  readonly columns: readonly Code[][];
}

function isEqual(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index]);
}
