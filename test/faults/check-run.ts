import type { RunEvent, RunPlan } from "@roadrunner/core";
import { countingPast } from "../../packages/engine/src/resume/counting-past.ts";
import { replay } from "../../packages/engine/src/resume/replay.ts";
import { asAct, brokenWays, crowds, isEndOfWay } from "./acts.ts";
import { attemptKey, factsOf, type AttemptFacts, type Heard, type HostFacts } from "./check-hosts.ts";
import { undosOf, unwatchedStarts, wrongUndos } from "./check-site.ts";
import { TERMINATED, type HostLine } from "./host-log.ts";

export interface FinishedRun {
  readonly events: readonly RunEvent[];
  /** By host: what it wrote itself. */
  readonly logs: ReadonlyMap<string, readonly HostLine[]>;
  readonly heard: Heard;
}

export interface Checked {
  /** What must never be; empty is good. */
  readonly problems: readonly string[];
  /** Final outcomes. */
  readonly counts: ReadonlyMap<string, number>;
  /** Attempts that started on a host. */
  readonly starts: number;
  /** Starts of what had started before, of which nobody could know. */
  readonly unheardAgain: number;
  /** Hosts that were undone, and how often a job held. */
  readonly undone: number;
  readonly holds: number;
}

type Ended = Extract<RunEvent, { type: "task.ended" }>;

/** Holds a run's journal to what its hosts wrote. Pure. */
export function checkRun(run: FinishedRun): Checked {
  const [started] = run.events;
  if (started?.type !== "run.started")
    return {
      problems: ["the journal does not begin with run.started"],
      counts: new Map(),
      starts: 0,
      unheardAgain: 0,
      undone: 0,
      holds: 0,
    };
  const facts = new Map(
    Array.from(run.logs, ([host, lines]) => [host, factsOf(host, lines, run.heard.get(host) ?? new Map())]),
  );
  const all = endsThatCount(countingPast(run.events).events.map(asAct));
  // What became of a whole way follows from its stages; the host writes of these.
  const isWay = isEndOfWay(started.plan);
  const ends = all.filter((end) => end.stage === undefined);
  const problems = [
    ...[...facts.values()].flatMap((host) => host.problems),
    ...oneFinalEach(started.plan, ends),
    ...brokenWays(started.plan, run.logs),
    ...crowds(started.plan, run.logs, unknownActs(run.events.map(asAct))),
    ...lastWords(all.filter((end) => !isWay(end))).flatMap((end) =>
      untruth(end, facts.get(end.host), {
        killed: wasKilled(run.events),
        left: leftStarting(run.events.map(asAct)),
      }),
    ),
    ...unwatchedStarts(started.plan, run.events),
    ...wrongUndos(started.plan, run.events, run.logs),
    ...unknownToJournal(run.events.map(asAct), facts),
    ...wrongVerdict(started, run.events, ends),
  ];
  const counts = new Map<string, number>();
  for (const { outcome, final, job } of ends)
    if (final && !undosOf(started.plan).has(job)) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  let starts = 0;
  let unheardAgain = 0;
  for (const host of facts.values()) {
    unheardAgain += host.unheardAgain;
    for (const attempt of host.attempts.values()) starts += attempt.starts;
  }
  const undoes = undosOf(started.plan);
  const undone = ends.filter(
    ({ job, final, outcome }) => undoes.has(job) && final && outcome === "ok",
  ).length;
  const holds = run.events.filter(({ type }) => type === "job.held").length;
  return { problems, counts, starts, unheardAgain, undone, holds };
}

/** Of which nobody knows whether they still run. */
function unknownActs(events: readonly RunEvent[]): ReadonlySet<string> {
  return new Set(
    events.flatMap((event) =>
      event.type === "task.ended" && event.outcome === "unknown" ? [event.job] : [],
    ),
  );
}

/** A stop lets an attempt be the last that a resume follows with another: then it was not final after all. */
function endsThatCount(events: readonly RunEvent[]): readonly Ended[] {
  const stopped = events.some(({ type }) => type === "run.stopping");
  /** By task: the highest attempt that is asked for after the event at hand. */
  const later = new Map<string, number>();
  const ends: Ended[] = [];
  for (const event of [...events].reverse()) {
    if (event.type === "task.asked")
      later.set(taskKey(event), Math.max(event.attempt, later.get(taskKey(event)) ?? 0));
    if (event.type !== "task.ended") continue;
    const isFollowed = stopped && event.attempt < (later.get(taskKey(event)) ?? 0);
    ends.push(isFollowed && event.final ? { ...event, final: false } : event);
  }
  return ends.reverse();
}

function taskKey(task: { readonly slot: number; readonly job: string; readonly host: string }): string {
  return `${task.slot}/${task.job}/${task.host}`;
}

/** Every task of the plan has one final outcome; those of slots that never began have none. */
function oneFinalEach(plan: RunPlan, ends: readonly Ended[]): string[] {
  const finals = new Map<string, number>();
  const slots = new Set<number>();
  for (const end of ends) {
    slots.add(end.slot);
    if (end.final) finals.set(taskKey(end), (finals.get(taskKey(end)) ?? 0) + 1);
  }
  return [...plan.slots, ...plan.finally].flatMap(({ jobs }, index) =>
    jobs.flatMap((job) =>
      job.hosts.flatMap((host) => {
        const key = taskKey({ slot: index + 1, job: job.name, host: host.name });
        const count = finals.get(key) ?? 0;
        // What undoes another job runs on those hosts that had started.
        if (job.undoes !== undefined && count === 0) return [];
        return count === 1 || !slots.has(index + 1) ? [] : [`outcomes: ${key} has ${count} final outcomes`];
      }),
    ),
  );
}

/** The last end of each attempt: one that its worker took the blame for is submitted again as the same attempt. */
function lastWords(ends: readonly Ended[]): readonly Ended[] {
  const last = new Map<string, Ended>();
  for (const end of ends) last.set(`${taskKey(end)}/${end.attempt}`, end);
  return [...last.values()];
}

const NOTHING: AttemptFacts = {
  starts: 0,
  ends: [],
  crashed: false,
  crashedAtEnd: false,
  forgotten: false,
  unheard: false,
  blurred: false,
};

function wasKilled(events: readonly RunEvent[]): boolean {
  return events.some((event) => event.type === "run.stopping" && event.how === "kill");
}

/** Attempts that a worker had said to start when the run was left: who resumes it cannot tell whether it did. */
function leftStarting(events: readonly RunEvent[]): ReadonlySet<string> {
  const starting = new Set<string>();
  const left = new Set<string>();
  for (const event of events) {
    if (event.type === "task.started") starting.add(`${taskKey(event)}/${event.attempt}`);
    if (event.type === "task.ended") starting.delete(`${taskKey(event)}/${event.attempt}`);
    if (event.type === "run.resumed") for (const key of starting) left.add(key);
  }
  return left;
}

/** Whether the host's own file bears an outcome out. */
function untruth(
  end: Ended,
  host: HostFacts | undefined,
  { killed, left }: { readonly killed: boolean; readonly left: ReadonlySet<string> },
): string[] {
  const facts = host?.attempts.get(attemptKey(end.job, end.attempt)) ?? NOTHING;
  if (facts.blurred) return [];
  if (end.outcome === "unknown" && facts.starts === 0 && left.has(`${taskKey(end)}/${end.attempt}`))
    return [];
  const crashed = facts.crashed || (facts.starts === 0 && (host?.crashes ?? 0) > 0);
  const why = end.outcome === "cancelled" && !killed ? "nobody killed it" : disagreement(end, facts, crashed);
  if (why === undefined) return [];
  const told = `${end.outcome}${end.exitCode === undefined ? "" : ` ${end.exitCode}`}`;
  return [
    `untrue: ${taskKey(end)} attempt ${end.attempt} is ${told} (${end.reason ?? "no reason"}), but ${why}`,
  ];
}

function disagreement(end: Ended, facts: AttemptFacts, crashed: boolean): string | undefined {
  const { starts, ends, crashedAtEnd, forgotten, unheard } = facts;
  // The signal may come before the first line, or between the last one and the end of the command's shell.
  const wasTerminated = starts <= 1 && (ends.length === 0 || ends.at(-1) === TERMINATED);
  const seen = `it started ${starts} times and ended with [${ends.join(", ")}] there`;
  switch (end.outcome) {
    case "ok":
      return starts === 1 && ends.length === 1 && ends[0] === 0 ? undefined : seen;
    case "failed":
      if (starts === 1 && ends.length === 1 && ends[0] === end.exitCode && end.exitCode !== 0)
        return undefined;
      // The crash killed the command a moment before the shell that waits for it.
      return crashed && end.exitCode === 137 && ends.length === 0 ? undefined : seen;
    case "timedOut":
      return starts === 1 && wasTerminated ? undefined : seen;
    case "unreachable":
    case "refused":
    case "skipped":
      return starts === 0 || unheard ? undefined : seen;
    case "unknown":
      // Without its record nobody who did not hear the end can learn it.
      if (forgotten) return undefined;
      if (ends.length > 0) return crashedAtEnd ? undefined : seen;
      return crashed ? undefined : `${seen}, and the host never crashed`;
    case "cancelled":
      // Whatever ended by itself was not killed.
      return wasTerminated ? undefined : seen;
  }
}

/** Nothing may have started that the journal does not know to be asked for. */
function unknownToJournal(events: readonly RunEvent[], facts: ReadonlyMap<string, HostFacts>): string[] {
  const asked = new Set<string>();
  for (const event of events)
    if (event.type === "task.asked") asked.add(`${event.host} ${attemptKey(event.job, event.attempt)}`);
  return Array.from(facts, ([host, { attempts }]) =>
    Array.from(attempts.keys())
      .filter((key) => !asked.has(`${host} ${key}`))
      .map((key) => `untrue: ${key} started on ${host}, and the journal does not know that it was asked for`),
  ).flat();
}

/** The verdict must be the one that the decision machine gives when it is told the journal's events again. */
function wrongVerdict(
  started: Extract<RunEvent, { type: "run.started" }>,
  events: readonly RunEvent[],
  ends: readonly Ended[],
): string[] {
  const ended = events.at(-1);
  if (ended?.type !== "run.ended") return [`verdict: the journal ends with ${ended?.type ?? "nothing"}`];
  const undoes = undosOf(started.plan);
  const problems = wrongCounts(
    ended.counts,
    ends.filter(({ job }) => !undoes.has(job)),
  );
  // Of a run that was stopped, and had failed all the same, a replay would undo the stop.
  if (
    events.findLastIndex(({ type }) => type === "run.stopping") >
    events.findLastIndex(({ type }) => type === "run.resumed")
  )
    return problems;
  const { state, open } = replay(started.plan, events, { seed: started.seed });
  if (state.mode !== "ended") problems.push(`verdict: a replay leaves the run ${state.mode}`);
  if (open.length > 0) problems.push(`verdict: a replay leaves ${open.length} tasks open`);
  const verdicts = [...state.phases.slots.verdicts, ...state.phases.finally.verdicts];
  const replayed = verdicts.includes("failed")
    ? "failed"
    : verdicts.includes("cancelled")
      ? "cancelled"
      : "succeeded";
  if (replayed !== ended.verdict) problems.push(`verdict: ${ended.verdict}, but a replay gives ${replayed}`);
  return problems;
}

function wrongCounts(told: Readonly<Record<string, number>>, ends: readonly Ended[]): string[] {
  return Object.entries(told).flatMap(([outcome, count]) => {
    const final = ends.filter((end) => end.final && end.outcome === outcome).length;
    return final === count ? [] : [`verdict: ${count} ${outcome} are told, and ${final} ended so`];
  });
}
