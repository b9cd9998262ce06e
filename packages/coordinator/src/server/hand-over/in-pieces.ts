import { setImmediate as nextTurn } from "node:timers/promises";

/** Characters that are read as JSON in one go: some milliseconds. */
const PIECE = 128 * 1024;

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
    const text = JSON.stringify(inside) as string | undefined;
    if (text === undefined || text.length <= most || typeof inside !== "object" || inside === null)
      return text;
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
