import { ratios, spread, spreadText } from "../spread.ts";
import type { Table } from "../table.ts";
import type { Lap } from "./contender.ts";

interface FleetSize {
  readonly hosts: number;
  readonly atOnce: number;
  readonly warmUp: number;
  /** Rivals that are not installed, by their Debian package. */
  readonly missing: readonly string[];
}

const PLAIN = "bare ssh2 loop";
/** The loop that has the hosts do what a contender has them do. */
const SAME: Readonly<Record<string, string>> = {
  "Roadrunner, repeatable": "bare loop, same program, repeatable",
  "Roadrunner, once": "bare loop, same program, once",
};

/** Hosts per second of each contender, against the bare loops; processor time of each process. */
export function fleetTables(laps: readonly Lap[], { hosts, atOnce, warmUp, missing }: FleetSize): Table[] {
  const contenders = [...new Set(laps.map(({ contender }) => contender))];
  const of = (name: string) => laps.filter(({ contender }) => contender === name).map(figures(hosts));
  const plain = of(PLAIN);
  const throughput = contenders.map((name) => {
    const own = of(name);
    const same = of(SAME[name] ?? "");
    const against = (part: "first" | "second", floor: readonly Figures[]) =>
      floor.length === 0 ? "" : spreadText(ratios(pick(own, part), pick(floor, part)), 2);
    return [
      name,
      spreadText(pick(own, "first"), 0),
      against("first", plain),
      spreadText(pick(own, "second"), 0),
      against("second", plain),
      against("first", same),
      against("second", same),
    ];
  });
  const processes = contenders.flatMap((name) => {
    const own = of(name);
    return Object.keys(own[0]?.cpu ?? {}).map((process) => {
      const cell = (part: "first" | "second") =>
        spreadText(
          own.map((lap) => lap.cpu[process]?.[part] ?? Number.NaN),
          2,
        );
      return [name, process, cell("first"), cell("second")];
    });
  });
  const hostsCpu = contenders.map((name) => [
    name,
    String(laps.find(({ contender }) => contender === name)?.commands),
    spreadText(pick(of(name), "hostsCpu"), 2),
  ]);
  return [
    {
      title: "Throughput",
      about: `\`true\` on ${hosts} addresses of one sshd, ${atOnce} at once: hosts per second; median of the rounds (least to most). The second command goes over kept connections, where the contender keeps them.${warmUp === 0 ? "" : ` Before that, ours and the floors made ${warmUp} passes over connections of their own.`}`,
      columns: [
        ...["", "first command", "of the bare loop", "second", "of the bare loop"],
        ...["first, of the same program's loop", "second, of the same program's loop"],
      ],
      rows: throughput,
      notes: missing.length === 0 ? [] : [`Not installed, so not measured: ${missing.join(", ")}.`],
    },
    {
      title: "Processor time of the contenders",
      about: "Milliseconds for each command, by process.",
      columns: ["", "process", "first command", "second"],
      rows: processes,
    },
    {
      title: "Processor time of the hosts",
      about:
        "Milliseconds of sshd, login shell and command for each host, over all commands that it was given: a login where the contender makes one, and the commands. Without what outlives its session (the drainers of `once`).",
      columns: ["", "commands", "each host"],
      rows: hostsCpu,
    },
  ];
}

interface Figures {
  /** Hosts per second. */
  readonly first: number;
  readonly second: number;
  /** Milliseconds for each host. */
  readonly hostsCpu: number;
  /** Milliseconds for each command, by process. */
  readonly cpu: Readonly<Record<string, { readonly first: number; readonly second: number }>>;
}

function pick(laps: readonly Figures[], part: "first" | "second" | "hostsCpu"): number[] {
  return laps.map((lap) => lap[part]);
}

const figures =
  (hosts: number) =>
  ({ passes, hostsCpuMs }: Lap): Figures => {
    const [first, ...later] = passes;
    const cpu = Object.entries(first?.cpuMs ?? {}).map(([process, ms]) => {
      const second = spread(later.map((pass) => (pass.cpuMs[process] ?? Number.NaN) / hosts)).median;
      return [process, { first: ms / hosts, second }] as const;
    });
    return {
      first: (1000 * hosts) / (first?.ms ?? Number.NaN),
      second: (1000 * hosts) / spread(later.map(({ ms }) => ms)).median,
      hostsCpu: hostsCpuMs / hosts,
      cpu: Object.fromEntries(cpu),
    };
  };
