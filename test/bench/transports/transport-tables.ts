import { BELOW } from "../fleet/roadrunner-contender.ts";
import type { Pass } from "../fleet/contender.ts";
import { ratios, spread, spreadText } from "../spread.ts";
import type { Table } from "../table.ts";
import type { Footprint } from "./footprint.ts";

/** What one transport did in one round. */
export interface TransportLap {
  readonly transport: "builtin" | "openssh";
  readonly passes: readonly Pass[];
  readonly before: Footprint;
  readonly after: Footprint;
  /** Kept after the last pass, as the hosts count them. */
  readonly connections: number;
}

interface Size {
  readonly hosts: number;
  readonly atOnce: number;
}

interface Row {
  readonly name: string;
  readonly digits: number;
  readonly of: (lap: TransportLap) => number;
}

/** Both side by side, and what the box's own ssh is of ssh2, round by round. */
export function transportTables(laps: readonly TransportLap[], { hosts, atOnce }: Size): Table[] {
  const of = (transport: TransportLap["transport"]) => laps.filter((lap) => lap.transport === transport);
  const later = (figure: (pass: Pass) => number) => (lap: TransportLap) =>
    spread(lap.passes.slice(1).map(figure)).median;
  const first = (figure: (pass: Pass) => number) => (lap: TransportLap) =>
    lap.passes[0] === undefined ? Number.NaN : figure(lap.passes[0]);
  const rate = ({ ms }: Pass) => (1000 * hosts) / ms;
  const cpu = (process: string) => (pass: Pass) => (pass.cpuMs[process] ?? Number.NaN) / hosts;
  const whole = (pass: Pass) => cpu("rr-worker")(pass) + cpu(BELOW)(pass);
  const more = (figure: (at: Footprint) => number) => (lap: TransportLap) =>
    (figure(lap.after) - figure(lap.before)) / lap.connections;
  const memory = ({ ownMemory, memoryBelow }: Footprint) => (ownMemory + memoryBelow) / 1000;
  const rows: readonly Row[] = [
    { name: "first command, hosts/s", digits: 1, of: first(rate) },
    { name: "second command, hosts/s", digits: 1, of: later(rate) },
    { name: "first, processor ms of rr-worker", digits: 2, of: first(cpu("rr-worker")) },
    { name: "first, with all that it starts", digits: 2, of: first(whole) },
    { name: "second, processor ms of rr-worker", digits: 2, of: later(cpu("rr-worker")) },
    { name: "second, with all that it starts", digits: 2, of: later(whole) },
    { name: "kept connection, kB of rr-worker", digits: 0, of: more(({ ownMemory }) => ownMemory / 1000) },
    { name: "kept connection, with all that it starts", digits: 0, of: more(memory) },
    { name: "kept connection, processes", digits: 1, of: more(({ processes }) => processes) },
    { name: "kept connection, descriptors", digits: 1, of: more(({ descriptors }) => descriptors) },
  ];
  return [
    {
      title: "builtin and openssh side by side",
      about: `The whole of Roadrunner, \`once\`, \`true\` on ${hosts} hosts of one sshd each, ${atOnce} at once; the second command is the median of those after the first, in kept shells. Memory is what came to be between the worker's start and the last command (PSS), for each connection that was kept. Medians of the rounds (least to most); the ratio is taken round by round.`,
      columns: ["", "builtin", "openssh", "openssh / builtin"],
      rows: rows.map(({ name, digits, of: figure }) => {
        const [ours, theirs] = [of("builtin").map(figure), of("openssh").map(figure)];
        const isNone = ours.every((one) => one === 0);
        return [
          name,
          spreadText(ours, digits),
          spreadText(theirs, digits),
          isNone ? "" : spreadText(ratios(theirs, ours), 2),
        ];
      }),
      notes: [`Connections kept: ${laps.map((lap) => `${lap.transport} ${lap.connections}`).join(", ")}.`],
    },
  ];
}
