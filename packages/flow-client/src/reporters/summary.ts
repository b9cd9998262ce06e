import { foldHosts, isFailure, type OutcomeCounts, type RunEvent, type Verdict } from "@roadrunner/core";
import { spokenDuration } from "./durations.ts";
import { safeText } from "./safe-text.ts";
import { errorLines, outcomeWord } from "./task-line.ts";
import { counted } from "./words.ts";

type TaskEnded = Extract<RunEvent, { type: "task.ended" }>;

interface JobSummary {
  readonly name: string;
  hosts: number;
  need: number;
  ending?: { readonly verdict: Verdict; readonly counts: OutcomeCounts; readonly reason?: string };
  /** Hosts that failed alike: outcome, reason and first lines of the error are the same. */
  readonly failures: Map<string, { readonly sample: TaskEnded; readonly hosts: string[] }>;
}

interface SlotSummary {
  readonly slot: number;
  verdict?: Verdict;
  readonly jobs: Map<string, JobSummary>;
}

/** Gathers what the end of a run says from its events; keeps failures only, and of those that are alike one. */
export class Summary {
  readonly #slots = new Map<number, SlotSummary>();
  #started = 0;
  #ended = 0;
  #run = "";
  #name = "";
  #end: { readonly verdict: Verdict; readonly reason?: string } | undefined;
  #interrupted: string | undefined;

  add(event: RunEvent): void {
    const time = Date.parse(event.time);
    if (this.#started === 0) this.#started = time;
    this.#ended = time;
    switch (event.type) {
      case "run.started":
        this.#run = event.run;
        this.#name = event.plan.name;
        event.plan.slots.forEach((slot, index) => {
          for (const job of slot.jobs) this.#job(index + 1, job.name).hosts = job.hosts.length;
        });
        break;
      case "job.started": {
        const job = this.#job(event.slot, event.job);
        job.hosts = event.hosts;
        job.need = event.need;
        break;
      }
      case "task.ended":
        if (event.final && isFailure(event.outcome)) this.#addFailure(event);
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
    const lines: string[] = [];
    for (const slot of [...this.#slots.values()].sort((a, b) => a.slot - b.slot)) {
      lines.push(`slot ${slot.slot} ${slot.verdict ?? "not started"}`);
      for (const job of slot.jobs.values()) lines.push(...jobLines(job, slot.verdict !== undefined));
    }
    lines.push(this.#lastLine());
    return lines;
  }

  #lastLine(): string {
    const took = spokenDuration(this.#ended - this.#started);
    const what = `run ${this.#run} (${safeText(this.#name)})`;
    if (this.#end === undefined)
      return `${what} interrupted after ${took}: ${safeText(this.#interrupted ?? "")}`;
    const reason = this.#end.reason === undefined ? "" : `: ${safeText(this.#end.reason)}`;
    return `${what} ${this.#end.verdict} in ${took}${reason}`;
  }

  #addFailure(event: TaskEnded): void {
    const { failures } = this.#job(event.slot, event.job);
    const key = JSON.stringify([event.outcome, event.reason, errorLines(event)]);
    const group = failures.get(key);
    if (group === undefined) failures.set(key, { sample: event, hosts: [event.host] });
    else group.hosts.push(event.host);
  }

  #slot(number: number): SlotSummary {
    let slot = this.#slots.get(number);
    if (slot === undefined) {
      slot = { slot: number, jobs: new Map() };
      this.#slots.set(number, slot);
    }
    return slot;
  }

  #job(slotNumber: number, name: string): JobSummary {
    const slot = this.#slot(slotNumber);
    let job = slot.jobs.get(name);
    if (job === undefined) {
      job = { name, hosts: 0, need: 0, failures: new Map() };
      slot.jobs.set(name, job);
    }
    return job;
  }
}

function jobLines(job: JobSummary, slotStarted: boolean): readonly string[] {
  if (job.ending === undefined) {
    return [`  ${job.name}: ${slotStarted ? "not ended" : "never started"}, ${counted(job.hosts, "host")}`];
  }
  const { verdict, counts, reason } = job.ending;
  const others = Object.entries(counts)
    .filter(([outcome, count]) => outcome !== "ok" && count > 0)
    .map(([outcome, count]) => `, ${count} ${outcomeWord(outcome as keyof OutcomeCounts)}`)
    .join("");
  const why = reason === undefined ? "" : `: ${safeText(reason)}`;
  const lines = [
    `  ${job.name} ${verdict}: ${counts.ok} of ${job.hosts} ok, needed ${job.need}${others}${why}`,
  ];
  for (const { sample, hosts } of job.failures.values()) {
    const told = sample.reason === undefined ? "" : `: ${safeText(sample.reason).replaceAll("\n", " ")}`;
    lines.push(`    ${foldHosts(hosts)} ${outcomeWord(sample.outcome)}${told}`);
    for (const line of errorLines(sample)) lines.push(`      | ${line}`);
  }
  return lines;
}
