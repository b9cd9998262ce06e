import * as z from "zod";
import { fail, type Result } from "../errors.ts";
import { endFields, shortName as name } from "../work/end.ts";
import { hostBoot, seenBoot } from "./host-boot.ts";
import { parseMessage } from "./messages.ts";
import { encoding, saidFields } from "./report.ts";

/** What a worker answers: progress lines as WORK_DATA, then one outcome as WORK_COMPLETE. Each is a JSON line. */

const MOST_PLACES = 1_000_000;
const MOST_SIGN_OF_LIFE_MS = 600_000;
/** Of the workload that is answered, where it has one: an answer that names another is another's. */
const submission = name.optional();

/** Said before the exec request is written: from here on the command may run. */
const started = z.object({
  type: z.literal("started"),
  v: z.literal(1),
  submission,
  worker: name,
  /** Places of that worker. */
  places: z.number().int().min(1).max(MOST_PLACES),
  /** The worker's own version. */
  version: name,
  /** Workload versions it reads. */
  reads: z.array(z.number().int()).max(100).readonly(),
  /** The worker's clock, milliseconds since the epoch, where it takes only what is signed: they are compared. */
  clockMs: z.number().int().optional(),
  /** From here on to the end it says *running* so often. Absent: a worker that does not. */
  signOfLifeMs: z.number().int().min(1000).max(MOST_SIGN_OF_LIFE_MS).optional(),
});

/** Its worker still has it: of a command that takes its time and prints nothing. */
const running = z.object({ type: z.literal("running"), v: z.literal(1) });

/** The command was started, there: from here on nobody starts it again. */
const began = z.object({ type: z.literal("began"), v: z.literal(1), ...hostBoot.shape });

const output = z.object({
  type: z.literal("output"),
  v: z.literal(1),
  stream: z.enum(["stdout", "stderr"]),
  /** Text; base64 where the bytes are not UTF-8. */
  data: z.string(),
  encoding,
});

export const progressSchema = z.discriminatedUnion("type", [started, running, began, output]);
export type Progress = z.output<typeof progressSchema>;
export type StartedMessage = z.output<typeof started>;
export type OutputMessage = z.output<typeof output>;

/** Unknown keys are let through: a newer worker may say more. */
export const outcomeSchema = z.object({
  v: z.literal(1),
  submission,
  /** Empty in `refused` and `unknown` of a worker that could not read for which. */
  host: z.string().max(255),
  ...endFields,
  worker: name,
  /** With the worker's blame: of what this task asks for; its worker does others as well as ever. */
  ofTask: z.boolean().optional(),
  /** With `refused`: the submission was a right one, and another one of the task may be made. */
  notTaken: z.enum(["expired", "replayed", "older", "unproved"]).optional(),
  /** The worker's clock, milliseconds since the epoch, where it says that the submission came too late for its owner. */
  clockMs: z.number().int().optional(),
  /** Where no record was found, and for how long that has been up. */
  noRecord: seenBoot.optional(),
  /** The host's record of this attempt is of another command, or of another signer's: it tells nothing to who asked. */
  otherRecord: z.literal(true).optional(),
  ...saidFields,
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
