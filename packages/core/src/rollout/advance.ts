import { unreachable } from "../errors.ts";
import { interrupt, loseWhileInterrupted, takeEndWhileInterrupted } from "./interrupt.ts";
import { passDeadlines, restartDeadlines } from "./deadlines.ts";
import { goBy, killJob } from "./jobs/job.ts";
import type { JobState } from "./state/job-state.ts";
import { leaveIfNobodyConfirms, takeConfirmed, takeGateEvent, takeGateTimer } from "./gate-events.ts";
import { stopWatchTimers, watchAnew } from "./gates/watch.ts";
import { askAgainAtResume, lose } from "./tasks/lost.ts";
import type { RolloutAction, RolloutEvent, TaskRef } from "./machine-events.ts";
import { enterSlot, proceedInSlot, settle, startSlot } from "./slots/slots.ts";
import { announce, type RolloutState, type Turn } from "./state/state.ts";
import { endWait } from "./jobs/steps.ts";
import { requestStop } from "./stop.ts";
import { runsAlways } from "./plan/stages.ts";
import { takeEnd } from "./tasks/task-end.ts";
import { refOf, type TaskState, type TimerCause } from "./state/task-state.ts";
import { taskTimeIsUp } from "./tasks/task-timer.ts";
import { endWayAsRecorded, markStarted, serveAtHosts, submit } from "./tasks/tasks.ts";
import { beginsWay, endOfAsking } from "./tasks/way.ts";

/**
 * What follows from one event. The state given is consumed: it is changed in place (so that an event costs
 * O(1), however many hosts there are) and given back; use only what is given back. Time that has passed by
 * the event's `at` is dealt with first, so the outcome does not hang on when a wake-up was delivered.
 *
 * Words on tasks and attempts that are unknown, superseded or have ended change nothing, so late and doubled
 * answers are harmless. It never throws for data.
 */
export function advance(
  state: RolloutState,
  event: RolloutEvent,
): { state: RolloutState; actions: readonly RolloutAction[] } {
  const turn: Turn = { run: state, actions: [] };
  if (state.mode === "ended") return { state, actions: turn.actions };
  state.now = Math.max(state.now, event.at);
  if (event.type === "deadlinesHeld") state.deadlinesHeld = true;
  if (event.type === "resumed") {
    restartDeadlines(turn);
    for (const job of state.jobs) stopWatchTimers(job);
  }
  passDeadlines(turn);
  // A stop request is heard before anything that is due could start; what is due still comes with the next wake.
  const stops = event.type === "stopRequested" || event.type === "interrupted";
  if (!stops) passTime(turn);
  take(turn, event);
  settle(turn);
  leaveIfNobodyConfirms(turn);
  serveAtHosts(turn);
  setWake(turn);
  return { state, actions: turn.actions };
}

function take(turn: Turn, event: RolloutEvent): void {
  const { run } = turn;
  if (run.mode === "ended") return;
  if (run.mode === "new") {
    if (event.type === "begin") enterSlot(turn);
    return;
  }
  switch (event.type) {
    case "begin":
    case "timePassed":
    case "deadlinesHeld":
      return;
    case "resumed":
      if (event.askedBefore !== undefined) goOn(turn, event.askedBefore);
      for (const job of run.jobs) watchAnew(turn, job);
      return;
    case "confirmed":
      if (event.job !== undefined) {
        takeConfirmed(turn, event);
        return;
      }
      if (run.mode !== "confirming") return;
      if ((event.phase ?? run.phase) !== run.phase || (event.slot ?? run.slot) !== run.slot) return;
      startSlot(turn, event.by);
      return;
    case "stopRequested":
      requestStop(turn, event.how, event.reason);
      return;
    case "interrupted":
      interrupt(turn, event.reason);
      return;
    case "nobodyConfirms":
      run.nobodyConfirms = true;
      return;
    case "gateAsked":
    case "gateAnswered":
      takeGateEvent(turn, event);
      return;
    case "taskAsked":
    case "taskStarted":
    case "taskLost":
    case "taskEnded":
      takeTaskEvent(turn, event);
      return;
    default:
      unreachable(event, "rollout event");
  }
}

type TaskEvent = Extract<RolloutEvent, { readonly task: TaskRef }>;

function takeTaskEvent(turn: Turn, event: TaskEvent): void {
  const job = jobOf(turn.run, event.task);
  const { host, stage } = event.task;
  if (job !== undefined && event.type === "taskAsked" && turn.run.past) goBy(turn, job, host, stage ?? 0);
  const task = job?.inFlight.get(host);
  if (job === undefined || task === undefined) return;
  if (!isOf(task, event.task) && !isEndOfWay(turn, task, event)) return;
  // Nobody has been asked for it yet.
  if (task.mode === "queued" && !turn.run.past) return;
  const interrupted = turn.run.mode === "interrupted";
  switch (event.type) {
    case "taskAsked":
      if (task.mode === "queued" && event.heldBack !== true) submit(turn, job, task, false);
      return;
    case "taskStarted":
      takeStart(turn, job, task, event.worker);
      return;
    case "taskLost":
      if (interrupted) loseWhileInterrupted(turn, job, task, event.reason);
      else lose(turn, job, task, event);
      break;
    case "taskEnded": {
      if (event.task.stage !== task.ref.stage) {
        endWayAsRecorded(turn, job, task, event.task, event.end);
        break;
      }
      const end = endOfAsking(job, task, event.end);
      if (interrupted) {
        takeEndWhileInterrupted(turn, job, task, end);
        return;
      }
      const reason = takeEnd(turn, job, task, end);
      if (reason !== undefined) interrupt(turn, reason);
      break;
    }
  }
  if (turn.run.mode === "running") proceedInSlot(turn, job);
}

function isOf(task: TaskState, ref: TaskRef): boolean {
  return task.attempt === ref.attempt && task.ref.stage === ref.stage;
}

/** A recorded past may tell the end of a way that would go on by itself: a kill had cut it. */
function isEndOfWay({ run }: Turn, task: TaskState, event: TaskEvent): boolean {
  return run.past && event.type === "taskEnded" && event.task.stage === undefined && task.way !== undefined;
}

/** The past is over: the workers may be others, and what they said then counts no more. */
function goOn(turn: Turn, askedBefore: readonly TaskRef[]): void {
  const { run } = turn;
  run.past = false;
  run.workers.blamingSince = undefined;
  for (const ref of askedBefore) {
    const job = jobOf(run, ref);
    const task = job?.inFlight.get(ref.host);
    if (job !== undefined && task !== undefined && isOf(task, ref)) askAgainAtResume(turn, job, task);
  }
}

function takeStart(turn: Turn, job: JobState, task: TaskState, worker: string | undefined): void {
  // What waits to be asked again has no submission whose end would come: a late word must not end the wait.
  if (task.mode !== "submitted") return;
  markStarted(turn, task, worker);
  if (beginsWay(job, task)) job.begun.add(task.ref.host);
  announce(turn, { type: "taskStarted", task: refOf(task), ...(worker === undefined ? {} : { worker }) });
  // The kill passed it on the way.
  if (job.killed && !runsAlways(job.plan, task.ref.stage)) killJob(turn, job);
}

function passTime(turn: Turn): void {
  const { run } = turn;
  while (run.mode === "running") {
    settle(turn);
    const cause = run.timers.takeDue(run.now);
    if (cause === undefined) return;
    timeIsUp(turn, cause);
  }
}

function timeIsUp(turn: Turn, cause: TimerCause): void {
  const job = turn.run.jobs[cause.type === "task" ? cause.task.ref.job : cause.job];
  if (job === undefined) return;
  switch (cause.type) {
    case "task": {
      const reason = taskTimeIsUp(turn, job, cause.task);
      if (reason !== undefined) interrupt(turn, reason);
      break;
    }
    case "step":
      endWait(job);
      break;
    case "gate":
      takeGateTimer(turn, job, cause.gate);
      break;
    case "bake":
      // The gates are looked at as the job proceeds.
      break;
  }
  if (turn.run.mode === "running") proceedInSlot(turn, job);
}

/** Asks to be woken for the earliest timer, once. */
function setWake(turn: Turn): void {
  const { run } = turn;
  if (run.wakeAt !== undefined && run.wakeAt <= run.now) run.wakeAt = undefined;
  if (run.mode !== "running") return;
  const deadline = run.deadlinesHeld ? undefined : run.deadlines.earliest();
  const at = Math.min(run.timers.earliest() ?? Infinity, deadline ?? Infinity);
  if (at === Infinity || (run.wakeAt !== undefined && run.wakeAt <= at)) return;
  run.wakeAt = at;
  turn.actions.push({ type: "wakeAt", at });
}

function jobOf(run: RolloutState, task: TaskRef): JobState | undefined {
  return task.phase === run.phase && task.slot === run.slot ? run.jobs[task.job] : undefined;
}
