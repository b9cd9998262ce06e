import { createHash } from "node:crypto";
import { isFailure, type Outcome, type RunEvent } from "@roadrunner/core";
import { alikeReason, reasonBeside } from "./alike-reason.ts";
import { keptStream } from "./readable-text.ts";

type TaskEnded = Extract<RunEvent, { type: "task.ended" }>;

/** Hosts that ended alike: same outcome, reason and output. */
export interface OutputGroup {
  readonly outcome: Outcome;
  /** As the host's own where they are all the same; else without names and addresses. */
  readonly reason?: string;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly changed?: boolean;
  readonly hosts: ReadonlySet<string>;
  /** As the hosts wrote it, not yet harmless; undefined where it was too much to keep. */
  readonly output: GroupOutput | undefined;
}

export interface GroupOutput {
  readonly stdout: string;
  readonly stderr: string;
  /** Bytes left out of each. */
  readonly omitted: { readonly stdout: number; readonly stderr: number };
  /** Characters of each before what was left out. */
  readonly gapAt: { readonly stdout: number; readonly stderr: number };
  readonly lost: boolean;
}

interface Group extends OutputGroup {
  reason?: string;
  readonly hosts: Set<string>;
}

/** Characters of output kept for all groups of a kind (failures, the rest) while a run goes on. */
export const LIVE_CHARACTERS = 16 * 1024 * 1024;

/** What is still free of the output that may be kept; several jobs share one. */
export interface KeepBudget {
  failures: number;
  rest: number;
}

export function keepBudget(characters = LIVE_CHARACTERS): KeepBudget {
  return { failures: characters, rest: characters };
}

/**
 * Gathers the hosts of one job whose final end is the same. Of each group one output is kept, and a hash to know the
 * next by: memory grows with the outputs that differ, up to the budget, not with the hosts.
 */
export class OutputGroups {
  readonly #groups = new Map<string, Group>();
  readonly #groupOf = new Map<string, Group>();
  readonly #budget: KeepBudget;

  constructor(budget: KeepBudget = keepBudget()) {
    this.#budget = budget;
  }

  /** Takes a final end; one of a host that has ended before (a resume) replaces that. */
  add(event: TaskEnded): void {
    this.#groupOf.get(event.host)?.hosts.delete(event.host);
    const key = keyOf(event);
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = this.#newGroup(event);
      this.#groups.set(key, group);
    } else if (event.reason !== undefined && group.reason !== reasonBeside(event.host, event.reason)) {
      group.reason = alikeReason(event.host, event.reason);
    }
    group.hosts.add(event.host);
    this.#groupOf.set(event.host, group);
  }

  groupOf(host: string): OutputGroup | undefined {
    return this.#groupOf.get(host);
  }

  /** Failures, then cancelled and skipped, then ok; the largest first, equal ones by their first host. */
  sorted(): readonly OutputGroup[] {
    const firsts = new Map<Group, string>();
    const first = (group: Group): string => {
      const host = firsts.get(group) ?? firstHost(group.hosts);
      firsts.set(group, host);
      return host;
    };
    return [...this.#groups.values()]
      .filter((group) => group.hosts.size > 0)
      .sort((a, b) => rank(a) - rank(b) || b.hosts.size - a.hosts.size || byName(first(a), first(b)));
  }

  #newGroup(event: TaskEnded): Group {
    const { outcome, reason, exitCode, signal, changed } = event;
    return {
      outcome,
      ...(reason === undefined ? {} : { reason: reasonBeside(event.host, reason) }),
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(signal === undefined ? {} : { signal }),
      ...(changed === undefined ? {} : { changed }),
      hosts: new Set(),
      output: this.#keep(event),
    };
  }

  #keep(event: TaskEnded): GroupOutput | undefined {
    const [stdout, stderr] = [keptStream(event, "stdout"), keptStream(event, "stderr")];
    const kind = isFailure(event.outcome) ? "failures" : "rest";
    const size = stdout.text.length + stderr.text.length;
    if (size > this.#budget[kind]) return undefined;
    this.#budget[kind] -= size;
    return {
      stdout: stdout.text,
      stderr: stderr.text,
      omitted: { stdout: stdout.omittedBytes, stderr: stderr.omittedBytes },
      gapAt: { stdout: stdout.gapAt, stderr: stderr.gapAt },
      lost: event.outputLost === true,
    };
  }
}

/** A short end is its own key: cheaper than its hash. */
const MAX_PLAIN_KEY = 200;

const { compare } = new Intl.Collator("en", { numeric: true });

/** The order of hosts by name: db2 before db10. */
export const byName = compare;

/** Of a group's hosts the first by name. */
export function firstHost(hosts: Iterable<string>): string {
  let first: string | undefined;
  for (const host of hosts) if (first === undefined || byName(host, first) < 0) first = host;
  return first ?? "";
}

function rank(group: OutputGroup): number {
  if (isFailure(group.outcome)) return 0;
  return group.outcome === "ok" ? 2 : 1;
}

function keyOf(event: TaskEnded): string {
  const { host, outcome, reason, exitCode, signal, changed } = event;
  const { stdout, stderr, encoding, omittedBytes, outputLost } = event;
  const whole = JSON.stringify([
    ...[
      outcome,
      reason === undefined ? undefined : alikeReason(host, reason),
      exitCode,
      signal,
      changed,
      outputLost,
      omittedBytes,
    ],
    ...[encoding?.stdout, encoding?.stderr, stdout ?? "", stderr ?? ""],
  ]);
  return whole.length <= MAX_PLAIN_KEY ? whole : createHash("sha256").update(whole).digest("base64");
}
