import * as z from "zod";
import { OUTCOMES } from "@roadrunner/core";

const count = z.number().int().min(1);

/** How one attempt of a task ended, or of a stage of one; what it wrote is asked for by itself. */
export const taskEndSchema = z
  .object({
    /** Of the event that says it. */
    number: count,
    time: z.iso.datetime(),
    slot: count,
    job: z.string(),
    host: z.string(),
    /** In a job with stages; absent: this is the end of the host's whole way. */
    stage: z.string().optional(),
    /** Where the stage ran, if not on the host. */
    at: z.string().optional(),
    attempt: count,
    outcome: z.enum(OUTCOMES),
    reason: z.string().optional(),
    exitCode: z.number().int().optional(),
    /** False: another attempt follows. */
    final: z.boolean(),
    worker: z.string().optional(),
    durationMs: z.number().optional(),
  })
  .meta({ id: "TaskEnd" });
export type EndedTask = z.output<typeof taskEndSchema>;

export const taskListSchema = z
  .object({
    /** In the order in which they ended. */
    tasks: z.array(taskEndSchema).readonly(),
    /** The `from` of the next page, be this one full or empty; absent: there are no more now. */
    next: count.optional(),
  })
  .meta({ id: "TaskList" });
export type TaskList = z.output<typeof taskListSchema>;
