import { unreachable } from "../errors.ts";
import { defined } from "../optional-fields.ts";
import type { Announcement, GateRef, TaskRef } from "../rollout/machine-events.ts";
import type { RunPlan } from "../rollout/plan/plan.ts";
import { asksFirst } from "../rollout/plan/stages.ts";
import { gateAt, jobAt, slotNumber, taskNames, type JobRef } from "./plan-names.ts";
import type { TaskReport } from "./report.ts";
import type { EventHead, RunEvent } from "./run-events.ts";

/** Gives an announcement of the decision machine its names, its time and, at a task's end, the worker's report. */
export function toRunEvent(
  plan: RunPlan,
  head: EventHead,
  announcement: Announcement,
  report: TaskReport = {},
): RunEvent {
  switch (announcement.type) {
    case "slotStarted":
      return {
        type: "slot.started",
        ...inSlot(plan, head, announcement),
        ...defined({ by: announcement.by }),
      };
    case "slotEnded":
      return { type: "slot.ended", ...inSlot(plan, head, announcement), ...ending(announcement) };
    case "jobStarted": {
      const { hosts, need, window, steps } = announcement;
      return { type: "job.started", ...inJob(plan, head, announcement), hosts, need, window, steps };
    }
    case "jobEnded":
      return { type: "job.ended", ...inJob(plan, head, announcement), ...ending(announcement) };
    case "stepStarted": {
      const { step, hosts, need } = announcement;
      return { type: "step.started", ...inJob(plan, head, announcement), step, hosts, need };
    }
    case "stepEnded": {
      const { step, passed, reason } = announcement;
      return { type: "step.ended", ...inJob(plan, head, announcement), step, passed, ...defined({ reason }) };
    }
    case "gateAsked":
      return { type: "gate.asked", ...ofGate(plan, head, announcement.gate), ask: announcement.ask };
    case "gateAnswered": {
      const { gate, ask, answer } = announcement;
      const { kind, text, ...more } = answer;
      return { type: "gate.answered", ...ofGate(plan, head, gate), ask, answer: kind, text, ...more };
    }
    case "jobBaking":
      return { type: "job.baking", ...inJob(plan, head, announcement), bakeMs: announcement.bakeMs };
    case "jobHeld":
      return { type: "job.held", ...inJob(plan, head, announcement), reason: announcement.reason };
    case "jobConfirmed": {
      const { goOn, by } = announcement;
      return { type: "job.confirmed", ...inJob(plan, head, announcement), goOn, ...defined({ by }) };
    }
    case "taskAsked": {
      // Written out: a large job makes one of these for each of its hosts, all at once.
      const names = taskNames(plan, announcement.task);
      const { slot, job, host, attempt } = names;
      const { submission } = announcement;
      const { time, run } = head;
      return names.stage === undefined
        ? { type: "task.asked", time, run, slot, job, host, attempt, submission }
        : { type: "task.asked", time, run, ...names, submission };
    }
    case "taskStarted":
      return {
        ...ofTask("task.started", plan, head, announcement.task),
        ...defined({ worker: announcement.worker }),
      };
    case "taskLost":
      return { ...ofTask("task.lost", plan, head, announcement.task), reason: announcement.reason };
    case "taskRetrying": {
      const { inMs, reason } = announcement;
      return { ...ofTask("task.retrying", plan, head, announcement.task), inMs, reason };
    }
    case "taskEnded": {
      const { task, final, end, decidedBy } = announcement;
      const { stage, at } = decidedBy === undefined ? {} : taskNames(plan, { ...task, stage: decidedBy });
      const decided = defined({ decidedBy: stage, at });
      // What stands in for a command behind the question has an exit code, which is nobody's.
      const { exitCode: _exitCode, signal: _signal, ...answer } = report;
      const told = asksFirst(jobAt(plan, task), task.stage) ? answer : report;
      return { ...ofTask("task.ended", plan, head, task), final, ...decided, ...end, ...told };
    }
    case "runStopping":
      return { type: "run.stopping", ...head, how: announcement.how, reason: announcement.reason };
    case "warning":
      return { type: "warning", ...head, text: announcement.text };
    case "runEnded":
      return { type: "run.ended", ...head, ...ending(announcement) };
    default:
      return unreachable(announcement, "announcement");
  }
}

function inSlot(plan: RunPlan, head: EventHead, at: Pick<JobRef, "phase" | "slot">) {
  return { ...head, slot: slotNumber(plan, at) };
}

function inJob(plan: RunPlan, head: EventHead, at: JobRef) {
  return { ...inSlot(plan, head, at), job: jobAt(plan, at).name };
}

function ofGate(plan: RunPlan, head: EventHead, at: GateRef) {
  return { ...inJob(plan, head, at), gate: gateAt(plan, at).name };
}

function ofTask<T extends RunEvent["type"]>(type: T, plan: RunPlan, head: EventHead, task: TaskRef) {
  return { type, ...head, ...taskNames(plan, task) };
}

function ending<E extends { verdict: unknown; counts: unknown; reason?: string }>(
  ended: E,
): { verdict: E["verdict"]; counts: E["counts"]; reason?: string } {
  return { verdict: ended.verdict, counts: ended.counts, ...defined({ reason: ended.reason }) };
}
