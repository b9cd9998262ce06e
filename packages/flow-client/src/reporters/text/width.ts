import fastStringWidth from "fast-string-width";

/** Columns that a text takes on a terminal; it must hold no control characters. */
export function widthOf(text: string): number {
  return fastStringWidth(text);
}

/** The text in at most `columns` columns; what does not fit ends in an ellipsis. */
export function fit(text: string, columns: number): string {
  if (text.length <= columns && isAscii(text)) return text;
  if (widthOf(text) <= columns) return text;
  if (columns < 1) return "";
  // A character takes at most two columns, and hardly ever none: the cut is found among the first ones.
  const characters = Array.from(text.slice(0, columns * 8));
  let low = 0;
  let high = characters.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (widthOf(characters.slice(0, middle).join("")) <= columns - 1) low = middle;
    else high = middle - 1;
  }
  return `${characters.slice(0, low).join("")}…`;
}

/** Filled up with spaces, or cut, to exactly `columns` columns. */
export function padTo(text: string, columns: number): string {
  const fitted = fit(text, columns);
  return fitted + " ".repeat(Math.max(0, columns - widthOf(fitted)));
}

function isAscii(text: string): boolean {
  return /^[\u0020-\u007e]*$/.test(text);
}
