import { foldNumbers } from "./fold-numbers.ts";
import { MAX_NAME_LENGTH } from "./host-name.ts";

/**
 * Names (or hosts in the form of `formatHost`) as one short host expression: `db[1-3,07-10]`. Equal sets
 * give equal text: the order of the input does not matter, the result is in natural order. Time and memory
 * are linear in the input but for sorting.
 *
 * Numbers are folded from the last one in the names to the first: names that differ in nothing but that
 * number become one, and the next number to the left is folded among the results. Each step joins sets that
 * are equal everywhere else, so the set of names stays the same.
 */
export function foldHosts(names: readonly string[]): string {
  const folded: string[] = [];
  let open = new Map<string, Part>();
  for (const name of new Set(names)) {
    const portLength = /(?:^[^:]*|\])(:\d+)$/.exec(name)?.[1]?.length ?? 0;
    addPart(open, folded, name.slice(0, name.length - portLength), name.slice(name.length - portLength));
  }
  while (open.size > 0) {
    const next = new Map<string, Part>();
    for (const { head, tail, numbers } of open.values()) {
      addPart(next, folded, head, foldNumbers(numbers) + tail);
    }
    open = next;
  }
  return inNaturalOrder(folded).join(",");
}

/** Names that are equal but for one number: `head`, one of `numbers`, `tail`; the tail is folded already. */
interface Part {
  readonly head: string;
  readonly tail: string;
  readonly numbers: string[];
}

/** Files `text + tail` under its last number, or among the folded if no number is left in `text`. */
function addPart(open: Map<string, Part>, folded: string[], text: string, tail: string): void {
  const end = endOfLastNumber(text);
  if (end === 0 || text.length > MAX_NAME_LENGTH) {
    folded.push(text + tail);
    return;
  }
  let start = end;
  while (start > 0 && isDigit(text.charCodeAt(start - 1))) start -= 1;
  const head = text.slice(0, start);
  const rest = text.slice(end) + tail;
  // No name holds a line feed, so the two cannot be confused.
  const key = `${head}\n${rest}`;
  const part = open.get(key);
  if (part) part.numbers.push(text.slice(start, end));
  else open.set(key, { head, tail: rest, numbers: [text.slice(start, end)] });
}

/** Where the last number ends; 0: there is none, or only in the user's name. */
function endOfLastNumber(text: string): number {
  for (let end = text.length; end > 0; end -= 1) {
    const code = text.charCodeAt(end - 1);
    if (isDigit(code)) return end;
    if (code === AT_SIGN) return 0;
  }
  return 0;
}

const AT_SIGN = 0x40;

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
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
