import * as z from "zod";
import { fail, succeed, type Result } from "../errors.ts";
import { endFields } from "../work/end.ts";
import { OUTCOMES } from "../work/outcome.ts";
import { planSchema } from "./plan-schema.ts";
import { encoding, reportFields } from "./report.ts";
import type { RunEvent } from "./run-events.ts";

/** Run events as a journal has them. A journal can come from anywhere: what reads one must know what is in it. */

const count = z.number().int().min(0);
const number = z.number().int().min(1);
const head = { time: z.iso.datetime(), run: z.string() };
const inSlot = { ...head, slot: number };
const inJob = { ...inSlot, job: z.string() };
const ofTask = {
  ...inJob,
  host: z.string(),
  stage: z.string().optional(),
  at: z.string().optional(),
  attempt: number,
};
const ending = {
  verdict: z.enum(["succeeded", "failed", "cancelled"]),
  counts: z.record(z.enum(OUTCOMES), count),
  reason: z.string().optional(),
};
const by = { version: z.string(), who: z.string(), where: z.string(), signedBy: z.string().optional() };
const answeredBy = z.string().optional();
/** More types may come. */
export const runEventSchema = z
  .discriminatedUnion("type", [
    z
      .object({
        type: z.literal("run.started"),
        ...head,
        ...by,
        plan: planSchema,
        digest: z.string(),
        file: z.string().optional(),
        fileDigest: z.string().optional(),
        seed: count,
      })
      .meta({ id: "RunStarted" }),
    z
      .object({ type: z.literal("run.resumed"), ...head, ...by, retry: z.array(z.enum(OUTCOMES)).optional() })
      .meta({ id: "RunResumed" }),
    z
      .object({
        type: z.literal("run.stopping"),
        ...head,
        how: z.enum(["drain", "kill"]),
        reason: z.string(),
      })
      .meta({ id: "RunStopping" }),
    z
      .object({ type: z.literal("run.interrupted"), ...head, reason: z.string() })
      .meta({ id: "RunInterrupted" }),
    z.object({ type: z.literal("run.ended"), ...head, ...ending }).meta({ id: "RunEnded" }),
    z.object({ type: z.literal("slot.started"), ...inSlot, by: answeredBy }).meta({ id: "SlotStarted" }),
    z.object({ type: z.literal("slot.ended"), ...inSlot, ...ending }).meta({ id: "SlotEnded" }),
    z
      .object({
        type: z.literal("job.started"),
        ...inJob,
        hosts: count,
        need: count,
        window: count,
        steps: z.array(count),
      })
      .meta({ id: "JobStarted" }),
    z.object({ type: z.literal("job.ended"), ...inJob, ...ending }).meta({ id: "JobEnded" }),
    z
      .object({ type: z.literal("step.started"), ...inJob, step: number, hosts: count, need: count })
      .meta({ id: "StepStarted" }),
    z
      .object({
        type: z.literal("step.ended"),
        ...inJob,
        step: number,
        passed: z.boolean(),
        reason: z.string().optional(),
      })
      .meta({ id: "StepEnded" }),
    z
      .object({ type: z.literal("gate.asked"), ...inJob, gate: z.string(), ask: number })
      .meta({ id: "GateAsked" }),
    z
      .object({
        type: z.literal("gate.answered"),
        ...inJob,
        gate: z.string(),
        ask: number,
        answer: z.enum(["pass", "fail", "inconclusive"]),
        text: z.string(),
        value: z.number().optional(),
        worker: z.string().optional(),
      })
      .meta({ id: "GateAnswered" }),
    z
      .object({ type: z.literal("job.baking"), ...inJob, bakeMs: z.number().min(0) })
      .meta({ id: "JobBaking" }),
    z.object({ type: z.literal("job.held"), ...inJob, reason: z.string() }).meta({ id: "JobHeld" }),
    z
      .object({ type: z.literal("job.confirmed"), ...inJob, goOn: z.boolean(), by: answeredBy })
      .meta({ id: "JobConfirmed" }),
    z.object({ type: z.literal("task.asked"), ...ofTask, submission: number }).meta({ id: "TaskAsked" }),
    z
      .object({ type: z.literal("task.started"), ...ofTask, worker: z.string().optional() })
      .meta({ id: "TaskStarted" }),
    z
      .object({
        type: z.literal("task.output"),
        ...ofTask,
        stream: z.enum(["stdout", "stderr"]),
        data: z.string(),
        encoding,
      })
      .meta({ id: "TaskOutput" }),
    z.object({ type: z.literal("task.lost"), ...ofTask, reason: z.string() }).meta({ id: "TaskLost" }),
    z
      .object({ type: z.literal("task.retrying"), ...ofTask, inMs: z.number().min(0), reason: z.string() })
      .meta({ id: "TaskRetrying" }),
    z
      .object({
        type: z.literal("task.ended"),
        ...ofTask,
        final: z.boolean(),
        decidedBy: z.string().optional(),
        ...endFields,
        ...reportFields,
      })
      .meta({ id: "TaskEnded" }),
    z.object({ type: z.literal("warning"), ...head, text: z.string() }).meta({ id: "Warning" }),
  ])
  .meta({ id: "RunEvent" });

function planOf(value: unknown): { readonly plan: unknown } {
  return { plan: (value as { readonly plan: unknown }).plan };
}

/** Reads one line of a journal; the error says what is wrong with it. */
export function parseRunEvent(json: string): Result<RunEvent, string> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return fail("it is not JSON");
  }
  return readRunEvent(value);
}

/** The same of what was read as JSON already. */
export function readRunEvent(value: unknown): Result<RunEvent, string> {
  const parsed = runEventSchema.safeParse(value);
  if (parsed.success) {
    const { data } = parsed;
    // As it was written: by its text, and so by the order of its fields, a plan has its digest.
    return succeed((data.type === "run.started" ? { ...data, ...planOf(value) } : data) as RunEvent);
  }
  const [issue] = parsed.error.issues;
  const path = issue?.path.map(String).join(".") ?? "";
  return fail(`${path === "" ? "" : `${path}: `}${issue?.message ?? "it is not a run event"}`);
}
