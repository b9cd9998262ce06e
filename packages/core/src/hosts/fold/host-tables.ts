import type { Code } from "./written-numbers.ts";
import { readNumbers, splitNumbers } from "./written-numbers.ts";

/** Names that differ only in their numbers: row r is `texts[0]`, `columns[0][r]`, `texts[1]`, … */
export interface HostTable {
  readonly texts: readonly string[];
  readonly columns: readonly (readonly Code[])[];
}

/** Sorts names into tables by what they have apart from numbers. */
export class HostTables {
  readonly all: HostTable[] = [];
  readonly #byTexts = new Map<string, GrowingTable>();
  readonly #codes: Code[] = [];
  #latest: GrowingTable | undefined;

  add(name: string): void {
    // Most names stand beside others of their kind.
    if (this.#latest && readNumbers(name, this.#latest.texts, this.#codes)) {
      this.#latest.addRow(this.#codes);
    } else {
      const { texts, codes } = splitNumbers(name);
      this.#latest = this.#table(texts);
      this.#latest.addRow(codes);
    }
  }

  #table(texts: readonly string[]): GrowingTable {
    // No name holds a line feed, so no two lists of texts are confused.
    const key = texts.join("\n");
    const known = this.#byTexts.get(key);
    if (known) return known;
    const table = new GrowingTable(texts);
    this.#byTexts.set(key, table);
    this.all.push(table);
    return table;
  }
}

class GrowingTable implements HostTable {
  readonly texts: readonly string[];
  readonly columns: readonly Code[][];

  constructor(texts: readonly string[]) {
    this.texts = texts;
    this.columns = texts.slice(1).map(() => []);
  }

  addRow(codes: readonly Code[]): void {
    for (let index = 0; index < this.columns.length; index += 1) {
      this.columns[index]?.push(codes[index] ?? 0);
    }
  }
}
