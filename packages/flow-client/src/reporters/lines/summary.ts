import {
  foldHosts,
  isFailure,
  type Outcome,
  type OutcomeCounts,
  type RunEvent,
  type Verdict,
} from "@roadrunner/core";
import { spokenDuration } from "../text/durations.ts";
import { groupLines, SCREEN, type Limits } from "../outputs/group-lines.ts";
import { keepBudget, OutputGroups } from "../outputs/output-groups.ts";
import { safeLine } from "../text/safe-text.ts";
import { outcomeWord } from "../text/task-line.ts";
import { counted } from "../text/words.ts";

interface JobSummary {
  readonly name: string;
  hosts: number;
  need: number;
  started: boolean;
  /** Hosts whose attempt has started, with no end of it known. */
  readonly open: Set<string>;
  /** Final ends so far. */
  readonly counts: Map<Outcome, number>;
  ending?: { readonly verdict: Verdict; readonly counts: OutcomeCounts; readonly reason?: string };
  readonly groups: OutputGroups;
}

interface SlotSummary {
  readonly slot: number;
  started: boolean;
  verdict?: Verdict;
  readonly jobs: Map<string, JobSummary>;
}

export interface SummaryOptions {
  /** Whether the output of hosts that ended well is gathered too. */
  readonly outputs: boolean;
  readonly limits?: Limits;
}

/** Gathers what the end of a run says from its events; of hosts that ended alike it keeps one output. */
export class Summary {
  readonly #options: SummaryOptions;
  readonly #slots = new Map<number, SlotSummary>();
  readonly #budget = keepBudget();
  #started = 0;
  #ended = 0;
  #run = "";
  #name = "";
  #end: { readonly verdict: Verdict; readonly reason?: string } | undefined;
  #interrupted: string | undefined;

  constructor(options: SummaryOptions) {
    this.#options = options;
  }

  add(event: RunEvent): void {
    const time = Date.parse(event.time);
    if (this.#started === 0) this.#started = time;
    this.#ended = time;
    switch (event.type) {
      case "run.started":
        this.#run = event.run;
        this.#name = event.plan.name;
        [...event.plan.slots, ...event.plan.finally].forEach((slot, index) => {
          for (const job of slot.jobs) this.#job(index + 1, job.name).hosts = job.hosts.length;
        });
        break;
      case "run.resumed":
        this.#interrupted = undefined;
        this.#end = undefined;
        break;
      case "job.started": {
        const job = this.#job(event.slot, event.job);
        job.hosts = event.hosts;
        job.need = event.need;
        job.started = true;
        break;
      }
      case "task.started":
        this.#job(event.slot, event.job).open.add(event.host);
        break;
      case "task.ended":
        this.#endTask(event);
        break;
      case "job.ended": {
        const { verdict, counts, reason } = event;
        this.#job(event.slot, event.job).ending = {
          verdict,
          counts,
          ...(reason === undefined ? {} : { reason }),
        };
        break;
      }
      case "slot.started":
        this.#slot(event.slot).started = true;
        break;
      case "slot.ended":
        this.#slot(event.slot).verdict = event.verdict;
        break;
      case "run.ended":
        this.#end = event;
        break;
      case "run.interrupted":
        this.#interrupted = event.reason;
        break;
      default:
        break;
    }
  }

  lines(): readonly string[] {
    const { limits = SCREEN } = this.#options;
    const lines: string[] = [];
    for (const slot of [...this.#slots.values()].sort((a, b) => a.slot - b.slot)) {
      lines.push(`slot ${slot.slot} ${slot.verdict ?? (slot.started ? "not ended" : "not started")}`);
      for (const job of slot.jobs.values()) {
        lines.push(jobLine(job));
        for (const line of groupLines(job.groups.sorted(), limits)) lines.push(`    ${line}`);
      }
    }
    lines.push(this.#lastLine());
    return lines;
  }

  #lastLine(): string {
    const took = spokenDuration(this.#ended - this.#started);
    const what = `run ${this.#run} (${safeLine(this.#name)})`;
    if (this.#end === undefined) {
      const why = this.#interrupted === undefined ? "not ended" : "interrupted";
      return `${what} ${why} after ${took}${this.#interrupted === undefined ? "" : `: ${safeLine(this.#interrupted)}`}`;
    }
    const reason = this.#end.reason === undefined ? "" : `: ${safeLine(this.#end.reason)}`;
    return `${what} ${this.#end.verdict} in ${took}${reason}`;
  }

  #endTask(event: Extract<RunEvent, { type: "task.ended" }>): void {
    const job = this.#job(event.slot, event.job);
    job.open.delete(event.host);
    if (!event.final) return;
    job.counts.set(event.outcome, (job.counts.get(event.outcome) ?? 0) + 1);
    if (this.#options.outputs || isFailure(event.outcome)) job.groups.add(event);
  }

  #slot(number: number): SlotSummary {
    let slot = this.#slots.get(number);
    if (slot === undefined) {
      slot = { slot: number, started: false, jobs: new Map() };
      this.#slots.set(number, slot);
    }
    return slot;
  }

  #job(slotNumber: number, name: string): JobSummary {
    const slot = this.#slot(slotNumber);
    let job = slot.jobs.get(name);
    if (job === undefined) {
      job = {
        name,
        hosts: 0,
        need: 0,
        started: false,
        open: new Set(),
        counts: new Map(),
        groups: new OutputGroups(this.#budget),
      };
      slot.jobs.set(name, job);
    }
    return job;
  }
}

function jobLine(job: JobSummary): string {
  const { name, hosts, need, ending, open } = job;
  if (ending !== undefined) {
    const { verdict, counts, reason } = ending;
    const why = reason === undefined ? "" : `: ${safeLine(reason)}`;
    return `  ${name} ${verdict}: ${counts.ok} of ${hosts} ok, needed ${need}${others(counts)}${why}`;
  }
  if (!job.started) return `  ${name}: never started, ${counted(hosts, "host")}`;
  const counts = Object.fromEntries(job.counts);
  // What runs there must not be taken for what never ran.
  const runs = open.size === 0 ? "" : `; started and not ended: ${foldHosts([...open])}`;
  return `  ${name} not ended: ${counts["ok"] ?? 0} of ${hosts} ok, needs ${need}${others(counts)}${runs}`;
}

function others(counts: Partial<OutcomeCounts>): string {
  return Object.entries(counts)
    .filter(([outcome, count]) => outcome !== "ok" && count > 0)
    .map(([outcome, count]) => `, ${count} ${outcomeWord(outcome as Outcome)}`)
    .join("");
}
