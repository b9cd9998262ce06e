import { foldNumbers } from "./fold-numbers.ts";
import type { HostTable } from "./host-tables.ts";
import type { Code } from "./written-numbers.ts";
import { digitsOf } from "./written-numbers.ts";

/**
 * The fewest texts this way finds for the names of a table. Columns are folded from the last to the first:
 * rows that differ in nothing but that column become one, and the next column to the left is folded among
 * the results. Each step joins sets that are equal everywhere else, so the set of names stays the same.
 */
export function foldTable(table: HostTable): readonly string[] {
  const { texts, columns } = withoutConstantColumns(table);
  const lastText = texts.at(-1) ?? "";
  const [column] = columns;
  if (column === undefined) return [lastText];
  if (columns.length === 1) return [`${texts[0] ?? ""}${foldNumbers(column)}${lastText}`];
  let rows: readonly Row[] = column.map((_, index) => ({ index, tail: lastText }));
  for (let axis = columns.length - 1; axis >= 0; axis -= 1) rows = foldColumn({ texts, columns }, axis, rows);
  return rows.map(({ tail }) => tail);
}

/** Names that are equal left of a column (as row `index` is) and have the folded `tail` right of it. */
interface Row {
  readonly index: number;
  readonly tail: string;
}

function foldColumn({ texts, columns }: HostTable, axis: number, rows: readonly Row[]): readonly Row[] {
  const leading = columns.slice(0, axis);
  const groups = new Map<string, Row & { readonly codes: Code[] }>();
  for (const { index, tail } of rows) {
    let key = tail;
    for (const column of leading) key += `\n${column[index] ?? ""}`;
    const code = columns[axis]?.[index] ?? 0;
    const group = groups.get(key);
    if (group) group.codes.push(code);
    else groups.set(key, { index, tail, codes: [code] });
  }
  const text = texts[axis] ?? "";
  return Array.from(groups.values(), ({ index, tail, codes }) => ({
    index,
    tail: text + foldNumbers(codes) + tail,
  }));
}

/** Most numbers in names are the same everywhere (`dc1`, `eth0`); they become text. */
function withoutConstantColumns({ texts, columns }: HostTable): HostTable {
  const kept: (readonly Code[])[] = [];
  const joined = [texts[0] ?? ""];
  for (const [index, column] of columns.entries()) {
    const text = texts[index + 1] ?? "";
    const [first = 0] = column;
    if (column.some((code) => code !== first)) {
      kept.push(column);
      joined.push(text);
    } else {
      joined.push(`${joined.pop() ?? ""}${digitsOf(first)}${text}`);
    }
  }
  return { texts: joined, columns: kept };
}
