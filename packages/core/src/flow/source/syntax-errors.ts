import type { Finding } from "./syntax-tree.ts";

/**
 * A parser that goes on after an error often reports errors that only follow from it. Told are the first
 * of each line, up to the first that may cause others (`alone`: it does not).
 */
export function firstOfEachLine(
  text: string,
  errors: readonly { readonly finding: Finding; readonly alone: boolean }[],
): readonly Finding[] {
  const told: Finding[] = [];
  for (const { finding, alone } of errors.toSorted((a, b) => a.finding.offset - b.finding.offset)) {
    const last = told.at(-1);
    if (last === undefined || text.slice(last.offset, finding.offset).includes("\n")) told.push(finding);
    if (!alone) break;
  }
  return told;
}
