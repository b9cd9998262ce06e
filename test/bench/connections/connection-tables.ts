import type { Table } from "../table.ts";
import type { Figures, Memory } from "./figures.ts";

/** What sshd saw. */
export interface ServerSide {
  /** Connections that it served at the end of the minute in which nothing ran. */
  readonly sessions: number;
  readonly logins: number;
  readonly commands: number;
}

export function connectionTables(figures: Figures, server: ServerSide): Table[] {
  const { memory, opened, second, held, closed } = figures;
  const [empty] = memory;
  if (empty === undefined) throw new Error("no memory was measured");
  const rows = [...memory, held, closed].map((at, index, all) => {
    const before = all[index - 1];
    const name = at === held ? "after a minute of idling" : at === closed ? "all closed" : "opened";
    const each = (of: keyof Memory) =>
      before === undefined || at.connections <= before.connections
        ? ""
        : kilobytes((at[of] - before[of]) / (at.connections - before.connections), 1);
    return [
      `${at.connections}, ${name}`,
      kilobytes(at.rss, 0),
      each("rss"),
      each("heapUsed"),
      each("external"),
    ];
  });
  const costs = [
    ...opened.map(({ from, to, ms, processorMs }) => [
      `connections ${from + 1} to ${to}, a command on each`,
      (ms / 1000).toFixed(1),
      (processorMs / (to - from)).toFixed(2),
    ]),
    [
      "a second command on each",
      (second.ms / 1000).toFixed(1),
      (second.processorMs / second.connections).toFixed(2),
    ],
    [
      `${held.connections} held idle`,
      (held.ms / 1000).toFixed(1),
      (held.processorMs / held.connections).toFixed(2),
    ],
  ];
  return [
    {
      title: "Memory of a worker's connections",
      about:
        "Kilobytes of a process with nothing but the worker's connections, after garbage collection; `each`: for each connection more than in the row before.",
      columns: ["connections", "RSS", "RSS each", "heap each", "external each"],
      rows,
    },
    {
      title: "Processor time",
      about: "Of the same process, all its threads; keep-alive asks each host every 10 seconds.",
      columns: ["", "seconds", "processor ms each"],
      rows: costs,
      notes: [
        `Held idle for ${held.ms / 1000} s, all connections together took ${held.processorMs.toFixed(0)} ms of the processor.`,
        `sshd saw ${server.logins} logins, ${server.commands} commands, and ${server.sessions} connections at the end of the idle minute.`,
      ],
    },
  ];
}

function kilobytes(bytes: number, digits: number): string {
  return (bytes / 1000).toFixed(digits);
}
