import { seeded, type Random } from "../support/random.ts";
import { PAGE_FAULTS, type PageFault } from "./site-page.ts";

/** Where bytes can be held up: between worker N and gearmand, rr-submit and gearmand, workers and sshd. */
export type LinkName = `worker${number}` | "submit" | "ssh";

/** What can be done to Gearman's packets on the link of rr-submit, and on that of a worker. */
export const TAMPERED = {
  submit: ["drop JOB_CREATED", "swap JOB_CREATED", "double WORK_COMPLETE", "cutAt WORK_COMPLETE", "cutEvery"],
  worker: ["drop JOB_ASSIGN_UNIQ", "drop NO_JOB", "drop NOOP", "cutAt JOB_ASSIGN_UNIQ", "cutEvery"],
} as const;
export type Tampered = (typeof TAMPERED)["submit" | "worker"][number];

/** One thing that goes wrong, and how long until it is whole again. */
export type Fault =
  | { readonly kind: "killWorker"; readonly worker: number; readonly forMs: number }
  | { readonly kind: "pauseWorker"; readonly worker: number; readonly forMs: number }
  /** SIGTERM: it finishes what runs, and another takes its place. */
  | { readonly kind: "replaceWorker"; readonly worker: number }
  | { readonly kind: "killServer"; readonly forMs: number }
  | { readonly kind: "pauseServer"; readonly forMs: number }
  /** kill -9 of rr-submit; it is resumed. */
  | { readonly kind: "killSubmit" }
  | { readonly kind: "pauseSubmit"; readonly forMs: number }
  /** Ctrl-C once, or twice, which kills what runs on the hosts; and a resume after it. */
  | { readonly kind: "stopSubmit"; readonly twice: boolean }
  /** kill -9 of every `each`th process that holds an SSH connection for sshd. */
  | { readonly kind: "killSessions"; readonly each: number }
  /** kill -9 of everything that a host runs, at one moment: only here may a host's end be unknown. */
  | { readonly kind: "crashHost"; readonly host: number }
  /** A host that is a container is made anew: its processes and its records are gone. */
  | { readonly kind: "renewHost"; readonly container: number }
  /** The records of such a host are removed while it runs what it runs. */
  | { readonly kind: "forgetRecords"; readonly container: number }
  /** A job server, or what stands before it, loses, doubles and swaps packets on a link. */
  | {
      readonly kind: "tamper";
      readonly link: Exclude<LinkName, "ssh">;
      readonly how: Tampered;
      /** It meets every so many packets. */
      readonly every: number;
      readonly forMs: number;
    }
  /** The site itself does badly, as gates see it. */
  | { readonly kind: "failSite"; readonly how: PageFault; readonly forMs: number }
  | { readonly kind: "cutLink"; readonly link: LinkName }
  | { readonly kind: "stallLink"; readonly link: LinkName; readonly forMs: number };

export interface TimedFault {
  /** From the start of the run. */
  readonly atMs: number;
  readonly fault: Fault;
}

export interface ScheduleShape {
  readonly workers: number;
  readonly hosts: number;
  /** Hosts that are containers. */
  readonly containers: number;
  readonly faults: number;
  /** The last fault comes no later. */
  readonly withinMs: number;
}

const KINDS = [
  "killWorker",
  "killWorker",
  "pauseWorker",
  "replaceWorker",
  "killServer",
  "pauseServer",
  "killSubmit",
  "killSubmit",
  "pauseSubmit",
  "stopSubmit",
  "killSessions",
  "killSessions",
  "crashHost",
  "renewHost",
  "renewHost",
  "forgetRecords",
  "forgetRecords",
  "tamper",
  "tamper",
  "tamper",
  "failSite",
  "failSite",
  "failSite",
  "failSite",
  "cutLink",
  "cutLink",
  "stallLink",
] as const;

/** Mostly shorter than what anybody notices; now and then longer than the 15 s after which a peer counts as dead. */
function pauseMs(random: Random): number {
  return random.chance(12) ? random.between(16_000, 19_000) : random.between(200, 4000);
}

/** Whether the runs of a seed are signed, and workers take nothing else: those of every other one. */
export function isSigned(seed: number): boolean {
  return seeded(seed ^ 0x51_67_6e_ed).chance(50);
}

/** The faults of one run in the order of their times. */
export function scheduleFor(seed: number, shape: ScheduleShape): readonly TimedFault[] {
  const random = seeded(seed);
  const timed = Array.from({ length: shape.faults }, () => ({
    atMs: random.between(300, shape.withinMs),
    fault: draw(random, shape),
  }));
  return timed.sort((a, b) => a.atMs - b.atMs);
}

function draw(random: Random, { workers, hosts, containers }: ScheduleShape): Fault {
  const kind = random.pick(KINDS);
  switch (kind) {
    case "killWorker":
    case "pauseWorker":
      return { kind, worker: random.below(workers), forMs: pauseMs(random) };
    case "replaceWorker":
      return { kind, worker: random.below(workers) };
    case "killServer":
    case "pauseServer":
    case "pauseSubmit":
      return { kind, forMs: pauseMs(random) };
    case "killSubmit":
      return { kind };
    case "stopSubmit":
      // Seldom: what is killed leaves the rest of the run little to do.
      return { kind, twice: random.chance(25) };
    case "killSessions":
      return { kind, each: random.between(1, 4) };
    case "crashHost":
      return { kind, host: random.below(hosts) };
    case "renewHost":
    case "forgetRecords":
      return { kind, container: random.below(containers) };
    case "tamper":
      return drawTampering(random, workers);
    case "failSite":
      // A page that says nothing is no fail: what it says counts most.
      return {
        kind,
        how: random.chance(50) ? "status" : random.pick(PAGE_FAULTS),
        forMs: random.between(1500, 8000),
      };
    case "cutLink":
      return { kind, link: drawLink(random, workers) };
    case "stallLink":
      return { kind, link: drawLink(random, workers), forMs: pauseMs(random) };
  }
}

function drawTampering(random: Random, workers: number): Fault {
  const index = random.below(workers + 1);
  const link = index < workers ? (`worker${index}` as const) : "submit";
  const how = random.pick(link === "submit" ? TAMPERED.submit : TAMPERED.worker);
  return { kind: "tamper", link, how, every: random.between(2, 8), forMs: random.between(500, 5000) };
}

function drawLink(random: Random, workers: number): LinkName {
  const index = random.below(workers + 2);
  if (index < workers) return `worker${index}`;
  return index === workers ? "submit" : "ssh";
}
