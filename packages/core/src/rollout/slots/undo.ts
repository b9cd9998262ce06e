import { hostsText, someOf } from "../jobs/reasons.ts";
import { verdictOf } from "../jobs/job.ts";
import { newJob, type JobState } from "../state/job-state.ts";
import { announce, type Turn } from "../state/state.ts";

/** It undoes another job of its slot: nothing of it is there until that one has failed. */
export function undoes({ plan }: JobState): boolean {
  return plan.undoes !== undefined;
}

/** Until it is known what there is to undo. */
export function notStarted(ref: JobState["ref"], plan: JobState["plan"]): JobState {
  return { ...newJob(ref, plan, new Uint32Array(), false), mode: "ended" };
}

/**
 * What undoes this job, which has ended: on the hosts on which something of it has run, the latest first, as many at
 * once as the job may have had. Undefined: there is nothing to undo.
 */
export function undoOf(turn: Turn, job: JobState): JobState | undefined {
  const { run } = turn;
  const index = run.jobs.findIndex(({ plan }) => plan.undoes === job.plan.name);
  const waiting = run.jobs[index];
  if (waiting === undefined || verdictOf(job) !== "failed" || job.touched.size === 0) return undefined;
  const stopped = run.phase === "slots" ? run.stop !== undefined : run.finallyStopped;
  if (stopped) {
    const text = `job "${job.plan.name}" is not undone: the run was stopped; a resume does it`;
    announce(turn, { type: "warning", text });
    return undefined;
  }
  const { plan, ref } = waiting;
  const unsure = plan.undoUnknown === true ? [] : [...job.touched].filter((host) => job.unsure.has(host));
  if (unsure.length > 0) {
    const names = unsure.flatMap((host) => plan.hosts[host]?.name ?? []);
    const text = `job "${job.plan.name}" is not undone on ${hostsText(unsure.length)} of which nobody knows how it ended: ${someOf(names)}`;
    announce(turn, { type: "warning", text });
  }
  const left = new Set(unsure);
  const hosts = [...job.begun].filter((host) => job.touched.has(host) && !left.has(host)).toReversed();
  if (hosts.length === 0) return undefined;
  const undo = newJob(ref, plan, Uint32Array.from(hosts), false);
  return { ...undo, numbers: { ...undo.numbers, window: Math.min(hosts.length, mostAtOnce(job)) } };
}

/** Of a ramp no more than the steps had that it came to. */
function mostAtOnce({ step, numbers }: JobState): number {
  if (step === undefined) return numbers.window;
  return Math.max(...numbers.steps.slice(0, step.index + 1).map(({ size }) => size));
}
