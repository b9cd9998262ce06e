import * as z from "zod";

/** What fields of work, workload and control messages are made of. */

/** The longest that a timer can hold, 2^31 - 1 ms, is a little over 24 days; 20 days is the stated bound. */
const MAX_DURATION_MS = 20 * 24 * 3_600_000;
export const durationMs = z.number().int().min(0).max(MAX_DURATION_MS);

/** A single argument or environment value of 128 KiB or more is refused by Linux (MAX_ARG_STRLEN). */
const MAX_ARGUMENT_CHARACTERS = 131_000;
const noNul = (text: string): boolean => !text.includes("\0");
export const argument = z.string().max(MAX_ARGUMENT_CHARACTERS).refine(noNul, "holds a NUL character");

export const userName = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9_.][A-Za-z0-9_.@\\-]*\$?$/, "is not a user name");

export const environmentName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "is not a variable name");

/** Of a worker's secret; the worker keeps what it names. */
export const secretName = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,40}$/, "may hold letters, digits, `_`, `.` and `-`, at most 40");
