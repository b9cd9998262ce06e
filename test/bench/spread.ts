/** The middle of some figures, with the least and the most of them. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function spread(figures: readonly number[]): Spread {
  const sorted = figures.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const half = (sorted.length - 1) / 2;
  return {
    median: (at(Math.floor(half)) + at(Math.ceil(half))) / 2,
    least: at(0),
    most: at(sorted.length - 1),
  };
}

/** `12.3 (11.9 to 14.0)`. */
export function spreadText(figures: readonly number[], digits: number): string {
  if (figures.length === 0) return "";
  const { median, least, most } = spread(figures);
  const text = (figure: number) => figure.toFixed(digits);
  return `${text(median)} (${text(least)} to ${text(most)})`;
}

/** The ratio of two contenders, round by round. */
export function ratios(over: readonly number[], under: readonly number[]): number[] {
  return over.map((figure, index) => figure / (under[index] ?? Number.NaN));
}
