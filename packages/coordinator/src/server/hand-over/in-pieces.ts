import { setImmediate as nextTurn } from "node:timers/promises";

/** Characters that are read as JSON in one go: some milliseconds. */
const PIECE = 128 * 1024;
/** Characters of a number and the like, or of what stands around a list. */
const SHORT_VALUE = 4;

/** JSON in pieces that are read one by one, so that whoever reads them does other things in between. */
export interface InPieces {
  /** All but the items of long lists. */
  readonly frame: string;
  /** Each list stands behind those in which it stands itself. */
  readonly lists: readonly {
    readonly path: readonly (string | number)[];
    /** Each is a list of some of its items. */
    readonly pieces: readonly string[];
  }[];
}

/** @param most characters of a piece, if one item has no more */
export function inPieces(value: object, most = PIECE): InPieces {
  const lists: InPieces["lists"][number][] = [];
  const path: (string | number)[] = [];
  const textOf = (key: string | number, inside: unknown): string | undefined => {
    // Weighed before: each text is made once.
    if (typeof inside !== "object" || inside === null || !isLong(inside, most)) return JSON.stringify(inside);
    path.push(key);
    const cut = Array.isArray(inside) ? listOf(inside) : objectOf(inside);
    path.pop();
    return cut;
  };
  const objectOf = (object: object): string => {
    const fields: string[] = [];
    for (const [key, inside] of Object.entries(object)) {
      const text = textOf(key, inside);
      if (text !== undefined) fields.push(`${JSON.stringify(key)}:${text}`);
    }
    return `{${fields.join(",")}}`;
  };
  const listOf = (list: readonly unknown[]): string => {
    const at = [...path];
    const pieces: string[] = [];
    let items: string[] = [];
    let length = 0;
    for (const [index, inside] of list.entries()) {
      const text = textOf(index, inside) ?? "null";
      if (length > 0 && length + text.length > most) {
        pieces.push(`[${items.join(",")}]`);
        [items, length] = [[], 0];
      }
      items.push(text);
      length += text.length;
    }
    pieces.push(`[${items.join(",")}]`);
    lists.unshift({ path: at, pieces });
    return "[]";
  };
  return { frame: objectOf(value), lists };
}

/** Whether its text has more characters than that, or so; looked at no further than it takes to tell. */
function isLong(value: object, most: number): boolean {
  const open: unknown[] = [value];
  let characters = 0;
  while (open.length > 0 && characters <= most) {
    const next = open.pop();
    characters += typeof next === "string" ? next.length + 3 : SHORT_VALUE;
    if (Array.isArray(next)) {
      if (next.length > most) return true;
      for (const item of next as readonly unknown[]) open.push(item);
    } else if (typeof next === "object" && next !== null)
      for (const [key, inside] of Object.entries(next)) {
        characters += key.length + 3;
        open.push(inside);
      }
  }
  return characters > most;
}

/** What `inPieces` was made of. */
export async function fromPieces({ frame, lists }: InPieces): Promise<unknown> {
  const value: unknown = JSON.parse(frame);
  for (const { path, pieces } of lists) {
    let list = value as Record<string | number, unknown>;
    for (const key of path) list = list[key] as Record<string | number, unknown>;
    for (const piece of pieces) {
      for (const item of JSON.parse(piece) as readonly unknown[]) (list as unknown as unknown[]).push(item);
      await nextTurn();
    }
  }
  return value;
}
