import { loggedCommand } from "./host-log.ts";
import { seeded, type Random } from "../support/random.ts";

export interface FlowShape {
  readonly hosts: readonly string[];
  readonly delivery: "once" | "repeatable";
  /** Where the hosts keep their files. */
  readonly dir: string;
  /** What gates ask about. */
  readonly page: string;
  /** A job takes an output of the one before it, where that can have one. */
  readonly outputs?: boolean;
}

/** How a command ends that was given another output than the earlier job wrote. */
export const WRONG_OUTPUT = 99;

/** A flow with steps or a window, retries, two jobs side by side, a time limit and `finally`, by its seed. */
export function flowFor(seed: number, { hosts, delivery, dir, page, outputs = false }: FlowShape): object {
  // Not the schedule's numbers, or the same flows would always meet the same faults.
  const random = seeded(seed ^ 0x5eed_f10e);
  const half = hosts.slice(0, Math.ceil(hosts.length / 2));
  const goesWay = !random.chance(50);
  const writes = outputs && !goesWay ? `echo "mark=${seed}" >> "$RR_OUT"` : "";
  const first = goesWay ? way(random, "first", hosts) : job(random, "first", hosts, writes);
  return {
    name: `faults-${seed}`,
    defaults: {
      delivery,
      env: { FAULT_DIR: dir },
      connectTimeout: "60s",
      success: random.chance(70) ? "0%" : "90%",
      retryDelay: "500ms",
    },
    slots: [
      { jobs: [watched(random, first, page)] },
      {
        jobs: [
          writes === "" ? job(random, "wide", hosts) : taking(job(random, "wide", hosts, marked(seed))),
          watched(random, { ...job(random, "narrow", half), ...limited(random, half) }, page),
        ],
      },
    ],
    finally: [{ jobs: [job(random, "last", half.slice(0, 5))] }],
  };
}

/** @param also what its commands do besides, the last thing of all */
function job(random: Random, name: string, hosts: readonly string[], also = ""): object {
  return {
    name,
    hosts,
    command: loggedCommand(`${random.pick(WORK)}\n${exits(random, hosts)}\n${also}`),
    parallelism: random.pick(PARALLELISM),
    stepSuccess: "0%",
    retries: random.between(0, 2),
    retryOn: random.pick([
      ["unreachable"],
      ["unreachable", "failed"],
      ["unreachable", "failed", "unknown", "timedOut"],
    ]),
  };
}

function taking(fields: object): object {
  return { ...fields, env: { MARK: { from: "first", name: "mark" } } };
}

function marked(seed: number): string {
  return `[ "$MARK" = "${seed}" ] || c=${WRONG_OUTPUT}`;
}

/** Most of these look at the site, and most of those are undone where it does badly. */
function watched(random: Random, fields: object, page: string): object {
  if (random.chance(30)) return fields;
  const gate = { name: "page", http: page, every: "1s", timeout: "2s", failures: random.between(1, 2) };
  const back = loggedCommand(random.pick(["sleep 0.1", "sleep 1"]));
  const stages = [
    { name: "back", command: back },
    { name: "again", command: loggedCommand("c=0") },
  ];
  return {
    ...fields,
    gates: [gate],
    bake: random.pick(["0s", "2s"]),
    onGateFail: random.chance(25) ? "hold" : "stop",
    ...(random.chance(80) ? { undo: random.chance(50) ? { command: back } : { stages } } : {}),
  };
}

/** Hosts that go a way, which leads to the last of them as well; its retries are those of one stage. */
function way(random: Random, name: string, [...hosts]: readonly string[]): object {
  const elsewhere = { at: hosts.pop() ?? "none", atOnce: Math.ceil(hosts.length / 8) };
  const { command, retries, retryOn, ...fields } = job(random, name, hosts) as {
    readonly command: string;
    readonly retries: number;
    readonly retryOn: readonly string[];
  };
  const quick = loggedCommand("sleep 0.1");
  return {
    ...fields,
    failedHostsHoldPlaces: false,
    stages: [
      { name: "drain", ...elsewhere, command: quick },
      { name: "install", command, retries, retryOn },
      { name: "undrain", ...elsewhere, command: quick, retries: random.between(0, 1) },
      { name: "note", command: quick, always: true },
    ],
  };
}

const TICKS = (count: number) =>
  `n=0; while [ $n -lt ${count} ]; do echo "tick $n"; sleep 0.1; n=$((n+1)); done`;
const WORK = ["sleep 0.2", "sleep 1.5", TICKS(5), TICKS(25)] as const;
const PARALLELISM = ["100%", "30%", 8, [1, "20%", "100%"], ["10%", "50%"]] as const;

/** Some hosts always end with a code of their own, some only at the first attempt. */
function exits(random: Random, hosts: readonly string[]): string {
  const always = some(random, hosts).map((host) => `${host}.*`);
  const once = some(random, hosts).map((host) => `${host}.1`);
  return `case $RR_HOST.$RR_ATTEMPT in ${always.join("|")}) c=7;; ${once.join("|")}) c=3;; esac`;
}

/** A few hosts hang, and run out of their time. */
function limited(random: Random, hosts: readonly string[]): object {
  const hanging = some(random, hosts).slice(0, 2);
  const work = `case $RR_HOST in ${hanging.join("|")}) sleep 600;; esac\n${exits(random, hosts)}`;
  return { command: loggedCommand(work), timeout: "6s" };
}

function some(random: Random, hosts: readonly string[]): string[] {
  return Array.from({ length: 3 }, () => hosts[random.below(hosts.length)] ?? "none");
}
