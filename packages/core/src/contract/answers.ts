import * as z from "zod";
import { fail, type Result } from "../errors.ts";
import { BLAMES, OUTCOMES } from "../rollout/outcome.ts";
import { parseMessage } from "./messages.ts";

/** What a worker answers: progress lines as WORK_DATA, then one outcome as WORK_COMPLETE. Each is a JSON line. */

/** Said before the exec request is written: from here on the command may run. */
const started = z.object({
  type: z.literal("started"),
  v: z.literal(1),
  worker: z.string(),
  /** Places of that worker. */
  places: z.number().int().min(1),
  /** The worker's own version. */
  version: z.string(),
  /** Workload versions it reads. */
  reads: z.array(z.number().int()).readonly(),
  /** The worker's clock, milliseconds since the epoch, where it takes only what is signed: they are compared. */
  clockMs: z.number().int().optional(),
});

/** The remote program's start mark has come: the command runs, under this boot of the host. */
const began = z.object({ type: z.literal("began"), v: z.literal(1), bootId: z.string().optional() });

const encoding = z.literal("base64").optional();

const output = z.object({
  type: z.literal("output"),
  v: z.literal(1),
  stream: z.enum(["stdout", "stderr"]),
  /** Text; base64 where the bytes are not UTF-8. */
  data: z.string(),
  encoding,
});

const progressSchema = z.discriminatedUnion("type", [started, began, output]);
export type Progress = z.output<typeof progressSchema>;
export type StartedMessage = z.output<typeof started>;
export type OutputMessage = z.output<typeof output>;

/** Unknown keys are let through: a newer worker may say more. */
const outcomeSchema = z.object({
  v: z.literal(1),
  host: z.string(),
  outcome: z.enum(OUTCOMES),
  exitCode: z.number().int().optional(),
  signal: z.string().optional(),
  reason: z.string().optional(),
  blame: z.enum(BLAMES).optional(),
  /** With the worker's blame: of what this task asks for; its worker does others as well as ever. */
  ofTask: z.boolean().optional(),
  noRetry: z.boolean().optional(),
  /** With `refused`: the submission was a right one, and another one of the task may be made. */
  notTaken: z.enum(["expired", "replayed", "older"]).optional(),
  mayBeRunning: z.boolean().optional(),
  worker: z.string(),
  connectMs: z.number().min(0).optional(),
  durationMs: z.number().min(0).optional(),
  stdout: z.string(),
  stderr: z.string(),
  encoding: z.object({ stdout: encoding, stderr: encoding }).optional(),
  omittedBytes: z.object({ stdout: z.number().int().min(0), stderr: z.number().int().min(0) }).optional(),
  outputLost: z.boolean().optional(),
});
export type OutcomeMessage = z.output<typeof outcomeSchema>;

export function parseProgress(json: string): Result<Progress, string> {
  return parseMessage(json, progressSchema, "progress line");
}

export function parseOutcome(json: string): Result<OutcomeMessage, string> {
  if (json.trim() === "") return fail("the answer is empty");
  return parseMessage(json, outcomeSchema, "answer");
}

/** One line, ended by a newline so that several read as NDJSON where a tool prints them as they come. */
export function encodeAnswer(message: Progress | OutcomeMessage): string {
  return `${JSON.stringify(message)}\n`;
}
