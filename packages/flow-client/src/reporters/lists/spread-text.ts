import type { JobSummary } from "@roadrunner/core";

type OfLabel = JobSummary["spread"][number];
type OfValue = OfLabel["values"][number];

const MOST_VALUES = 5;
const MOST_LINES = 10;

/** The most hosts down for each value of each label; values with the same numbers on one line. */
export function spreadLines(spread: JobSummary["spread"]): readonly string[] {
  return spread.flatMap(({ label, most, values }) => {
    const alike = new Map<string, OfValue[]>();
    for (const value of values) {
      const numbers = `${value.mostDown} of ${value.hosts}`;
      const others = alike.get(numbers);
      if (others === undefined) alike.set(numbers, [value]);
      else others.push(value);
    }
    const lines = [...alike]
      .toSorted(([, [a]], [, [b]]) => share(b) - share(a))
      .map(([down, of]) => `${down} in ${of.length === 1 ? "" : "each of "}${some(of)}`);
    const more = lines.length - MOST_LINES;
    return [
      `most hosts down at once by ${label} (${most} at once):`,
      ...lines.slice(0, MOST_LINES).map((line) => `  ${line}`),
      ...(more > 0 ? [`  and ${more} more such lines; --json has all`] : []),
    ];
  });
}

function share(value: OfValue | undefined): number {
  return value === undefined ? 0 : value.mostDown / value.hosts;
}

function some(values: readonly OfValue[]): string {
  const told = values.slice(0, MOST_VALUES).map(({ value }) => value);
  return values.length > MOST_VALUES
    ? `${told.join(", ")} and ${values.length - MOST_VALUES} more`
    : told.join(", ");
}
