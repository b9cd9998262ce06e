import { padTo, widthOf } from "./width.ts";

/** Rows as lines with their columns under each other; a column of numbers is aligned to the right. */
export function tableText(
  titles: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): readonly string[] {
  const cells = [titles, ...rows].map((row) => row.map(String));
  const widths = titles.map((_, column) => Math.max(...cells.map((row) => widthOf(row[column] ?? ""))));
  const isNumber = titles.map((_, column) => rows.every((row) => typeof row[column] === "number"));
  return cells.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return isNumber[column] === true ? " ".repeat(width - widthOf(cell)) + cell : padTo(cell, width);
      })
      .join("  ")
      .trimEnd(),
  );
}
