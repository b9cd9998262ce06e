import * as z from "zod";
import { picked, type LeftOut } from "../optional-fields.ts";
import { BLAMES, OUTCOMES } from "./outcome.ts";
import { outputsField } from "./outputs.ts";

/** Bounds of what is said: whoever answers, one answer must not be able to upset the run. */
const MOST_MS = 400 * 24 * 3_600_000;
export const spentMs = z.number().min(0).max(MOST_MS);
export const shortName = z.string().max(64);
/** SSH carries an exit status of 32 bits. */
const MOST_EXIT_CODE = 2 ** 32 - 1;

/**
 * How a task ended, in the one shape that worker, wire, decision machine, events and reports share; each of them adds
 * its own. A field that is added here is carried from the host to the reports by itself. These are what is decided by.
 */
export const endFields = {
  outcome: z.enum(OUTCOMES),
  reason: z.string().max(65_536).optional(),
  blame: z.enum(BLAMES).optional(),
  /** Authentication refused, host key, unknown name, sudo refused: another attempt would end alike. */
  noRetry: z.boolean().optional(),
  /** With `unknown`: the process was not proved gone, so its place stays held until the job ends. */
  mayBeRunning: z.boolean().optional(),
  /** Of work with `unless`: true where the command ran, false where that said that it is not needed. */
  changed: z.boolean().optional(),
  worker: shortName.optional(),
};

/** And these are only told on. */
export const detailFields = {
  exitCode: z.number().int().min(0).max(MOST_EXIT_CODE).optional(),
  signal: shortName.optional(),
  /** From the start to the end, by the worker's monotonic clock. */
  durationMs: spentMs.optional(),
  /** The output, or a part of it, could not be had. */
  outputLost: z.boolean().optional(),
  /** With `ok`, of a job whose outputs are wanted: what the command wrote to `$RR_OUT`. */
  outputs: outputsField.optional(),
};

/** What the rollout needs to know of a task's end; the shell keeps the rest (output, times). */
export type TaskEnd = LeftOut<z.output<z.ZodObject<typeof endFields>>>;
export type EndDetails = LeftOut<z.output<z.ZodObject<typeof detailFields>>>;

const endFieldNames = Object.keys(endFields) as (keyof TaskEnd)[];

/** The end among the fields of something larger. */
export function endIn(larger: z.output<z.ZodObject<typeof endFields>>): TaskEnd {
  return picked(larger, endFieldNames);
}
