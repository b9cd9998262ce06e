/** Bytes of the process that holds the connections, after its garbage was collected. */
export interface Memory {
  readonly connections: number;
  readonly rss: number;
  readonly heapUsed: number;
  /** Outside of the heap, as far as the engine knows of it. */
  readonly external: number;
}

export interface Cost {
  readonly ms: number;
  readonly processorMs: number;
}

/** What hold.js has told. */
export interface Figures {
  readonly memory: readonly Memory[];
  readonly opened: readonly (Cost & { readonly from: number; readonly to: number })[];
  readonly second: Cost & { readonly connections: number };
  readonly held: Cost & Memory;
  readonly closed: Memory;
}

/** Reads a line of JSON for each figure. */
export function parseFigures(text: string): Figures {
  const lines = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { readonly at: string });
  const all = (at: string): readonly unknown[] => lines.filter((line) => line.at === at);
  const only = (at: string): unknown => {
    const [line] = all(at);
    if (line === undefined) throw new Error(`no "${at}" in\n${text}`);
    return line;
  };
  return {
    memory: all("memory") as Figures["memory"],
    opened: all("opened") as Figures["opened"],
    second: only("second command") as Figures["second"],
    held: only("held") as Figures["held"],
    closed: only("closed") as Figures["closed"],
  };
}
