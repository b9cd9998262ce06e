export interface DiffLine {
  readonly sign: "-" | "+";
  readonly line: string;
}

/** Whether a diff says more than the text itself: it is shorter, or a line or two. */
export function isTelling(diff: readonly DiffLine[], after: readonly string[]): boolean {
  return diff.length > 0 && after.length > 0 && (diff.length < after.length || diff.length <= 2);
}

/** Beyond this many comparisons the middle is told as replaced; it bounds a diff to a few milliseconds. */
const MAX_CELLS = 1_000_000;

/** The lines that must go from `before` and come from `after`, in order; a shortest such list (LCS) where it is affordable. */
export function lineDiff(before: readonly string[], after: readonly string[]): readonly DiffLine[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  while (
    end < before.length - start &&
    end < after.length - start &&
    before[before.length - 1 - end] === after[after.length - 1 - end]
  ) {
    end += 1;
  }
  return middleDiff(before.slice(start, before.length - end), after.slice(start, after.length - end));
}

function middleDiff(before: readonly string[], after: readonly string[]): readonly DiffLine[] {
  const minus = (line: string): DiffLine => ({ sign: "-", line });
  const plus = (line: string): DiffLine => ({ sign: "+", line });
  if (before.length * after.length > MAX_CELLS) return [...before.map(minus), ...after.map(plus)];
  const common = commonLengths(before, after);
  const width = after.length + 1;
  const goes = (i: number, j: number): boolean =>
    (common[(i + 1) * width + j] ?? 0) >= (common[i * width + j + 1] ?? 0);
  const diff: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    const [a, b] = [before[i], after[j]];
    if (a !== undefined && a === b) {
      i += 1;
      j += 1;
    } else if (b === undefined || (a !== undefined && goes(i, j))) {
      diff.push(minus(a ?? ""));
      i += 1;
    } else {
      diff.push(plus(b));
      j += 1;
    }
  }
  return diff;
}

/** At [i, j]: the length of the longest common subsequence of before[i…] and after[j…]. */
function commonLengths(before: readonly string[], after: readonly string[]): Uint32Array {
  const width = after.length + 1;
  const lengths = new Uint32Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] =
        before[i] === after[j]
          ? (lengths[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(lengths[(i + 1) * width + j] ?? 0, lengths[i * width + j + 1] ?? 0);
    }
  }
  return lengths;
}
