import { defined, type RunEvent, type RunPlan } from "@roadrunner/core";
import { alikeReason, reasonBeside } from "@roadrunner/engine/story";
import { firstQuestion, jobsOf } from "./ask-plan.ts";

/** Hosts of which the same is to be told. */
export interface Unasked {
  readonly reason: string;
  readonly hosts: readonly string[];
}

/** What the hosts of one job said. */
export interface JobAnswers {
  readonly name: string;
  /** Absent: nothing is asked, and the command would run on all of `would`. */
  readonly unless?: string;
  /** Of the first stage alone that is asked. */
  readonly stage?: string;
  /** Where the command would run. */
  readonly would: readonly string[];
  /** Where it is so already. */
  readonly as: readonly string[];
  readonly unasked: readonly Unasked[];
}

const NEEDS_OUTPUTS = "not asked: it takes outputs of an earlier job, which are known only when that has run";

const IS_ELSEWHERE = "not asked: the stage runs at another host";

type TaskEnded = Extract<RunEvent, { type: "task.ended" }>;

/** Takes in the events of a run that asks, and tells by job what the hosts of the plan said. */
export class Answers {
  readonly #ends = new Map<string, Map<string, TaskEnded>>();

  add(events: readonly RunEvent[]): void {
    for (const event of events) {
      if (event.type !== "task.ended" || !event.final) continue;
      const ofJob = this.#ends.get(event.job) ?? new Map<string, TaskEnded>();
      this.#ends.set(event.job, ofJob.set(event.host, event));
    }
  }

  of(plan: RunPlan): readonly JobAnswers[] {
    return jobsOf(plan).map((job) => {
      const { name, hosts, envFrom } = job;
      const question = firstQuestion(job);
      const unless = question?.work.unless;
      const names = hosts.map((host) => host.name);
      if (unless === undefined) return { name, would: names, as: [], unasked: [] };
      const ends = this.#ends.get(name);
      // Where it is needed is told, however what stands in for the command fared: it may be unknown to the shell.
      const of = (changed: boolean | undefined) =>
        names.filter((host) => ends?.get(host)?.changed === changed);
      return {
        ...defined({ stage: question?.stage }),
        ...{ name, unless, would: of(true), as: of(false) },
        unasked: byReason(
          of(undefined).map((host) => [
            host,
            question?.isElsewhere === true
              ? IS_ELSEWHERE
              : envFrom === undefined
                ? reasonOf(host, ends?.get(host))
                : NEEDS_OUTPUTS,
          ]),
        ),
      };
    });
  }
}

function reasonOf(host: string, end: TaskEnded | undefined): string {
  if (end === undefined) return "not asked";
  const { outcome } = end;
  const reason = (end.reason ?? "").replace(/^unless: /, "");
  const said = outcome === "failed" ? saidBy(end) : "";
  return `${outcome === "timedOut" ? "timed out" : outcome}${reason === "" ? "" : `: ${reasonBeside(host, reason)}`}${said}`;
}

/** The first line of what it said: what was not found, say. */
function saidBy({ stderr, encoding }: TaskEnded): string {
  const [line = ""] = encoding?.stderr === undefined ? (stderr ?? "").trim().split("\n") : [];
  return line === "" ? "" : ` (${line})`;
}

/** Hosts with the same reason together, the most first. A reason is told as the host's own where it is alone. */
function byReason(told: readonly (readonly [host: string, reason: string])[]): readonly Unasked[] {
  const kinds = new Map<string, { reason: string; readonly hosts: string[] }>();
  for (const [host, reason] of told) {
    const alike = alikeReason(host, reason);
    const known = kinds.get(alike);
    if (known === undefined) kinds.set(alike, { reason, hosts: [host] });
    else {
      known.hosts.push(host);
      known.reason = alike;
    }
  }
  return [...kinds.values()].toSorted((a, b) => b.hosts.length - a.hosts.length);
}
