import { foldTable } from "./fold-table.ts";
import { HostTables } from "./host-tables.ts";

/**
 * Names (or hosts in the form of `formatHost`) as one short host expression: `db[1-3,07-10]`. Equal sets
 * give equal text: the order of the input does not matter, the result is in natural order. The cost is linear
 * in the input, but for sorting.
 */
export function foldHosts(names: readonly string[]): string {
  const tables = new HostTables();
  for (const name of names) tables.add(name);
  const folded = tables.all.flatMap(foldTable);
  return inNaturalOrder(folded).join(",");
}

/** Sorted by the first host of each, numbers by length and then by value. */
function inNaturalOrder(folded: readonly string[]): readonly string[] {
  const keyed = folded.map((text) => ({ text, key: naturalKey(text) }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.text < b.text ? -1 : 1));
  return keyed.map(({ text }) => text);
}

function naturalKey(text: string): string {
  return text
    .replaceAll(/\[(\d+)[-,][^\]]*\]/g, "$1")
    .replaceAll(/\d+/g, (digits) => `0${String.fromCharCode(digits.length)}${digits}`);
}
