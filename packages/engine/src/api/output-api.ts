import * as z from "zod";
import { OUTCOMES } from "@roadrunner/core";

const attempt = z.number().int().min(1);
const bytes = z.object({ stdout: z.number().int(), stderr: z.number().int() });
const base64 = z.literal("base64").optional();

/** One attempt of a task, or of a stage of one, that has ended. */
const triedSchema = z
  .object({
    /** In a job with stages. */
    stage: z.string().optional(),
    /** Where the stage ran, if not on the host. */
    at: z.string().optional(),
    attempt,
    outcome: z.enum(OUTCOMES),
  })
  .meta({ id: "Tried" });
export type Tried = z.output<typeof triedSchema>;

/** The output of one attempt, as far as it was kept. */
export const keptOutputSchema = z
  .object({
    run: z.string(),
    /** Of the event that says how it ended. */
    number: z.number().int().min(1),
    time: z.iso.datetime(),
    job: z.string(),
    host: z.string(),
    stage: z.string().optional(),
    at: z.string().optional(),
    attempt,
    outcome: z.enum(OUTCOMES),
    reason: z.string().optional(),
    exitCode: z.number().int().optional(),
    /** False: another attempt follows. */
    final: z.boolean(),
    stdout: z.string(),
    stderr: z.string(),
    /** Of what is no UTF-8. */
    encoding: z.object({ stdout: base64, stderr: base64 }).optional(),
    /**
     * `whole`: all that it wrote; `cut`: but for bytes in the middle; `lost`: it could not be had, or a part of it;
     * `pruned`: the coordinator has removed it (--prune-output).
     */
    kept: z.enum(["whole", "cut", "lost", "pruned"]).meta({
      description:
        "whole: all that it wrote; cut: but for bytes in the middle; lost: it could not be had, or a part of it; " +
        "pruned: the coordinator has removed it",
    }),
    /** Bytes that were left out in the middle. */
    omittedBytes: bytes,
    /** Where that was: how many bytes of each stand before it. */
    omittedAfter: bytes.optional(),
    /** All that was tried of this task and has ended, the oldest first. */
    tried: z.array(triedSchema).readonly(),
  })
  .meta({ id: "KeptOutput" });
export type KeptOutput = z.output<typeof keptOutputSchema>;
