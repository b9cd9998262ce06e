import * as z from "zod";
import { picked, type LeftOut } from "../optional-fields.ts";
import { detailFields, spentMs } from "../work/end.ts";

const count = z.number().int().min(0);
export const encoding = z.literal("base64").optional();

/** What a worker says of a task beyond what is decided by; in its answer, and in the run events. */
export const saidFields = {
  ...detailFields,
  connectMs: spentMs.optional(),
  /** Text, first and last part; base64 where `encoding` says so. */
  stdout: z.string(),
  stderr: z.string(),
  encoding: z.object({ stdout: encoding, stderr: encoding }).optional(),
  /** Bytes left out between the first and the last part. */
  omittedBytes: z.object({ stdout: count, stderr: count }).optional(),
  /** Where that was: how many bytes of each stand before it. */
  omittedAfter: z.object({ stdout: count, stderr: count }).optional(),
};

/** The client's own ends have none of it; of a worker's it adds how long it waited. */
export const reportFields = {
  ...z.object(saidFields).partial().shape,
  /** From the submission to the worker's word that it starts, less `connectMs`; by the client's clock. */
  queuedMs: z.number().min(0).optional(),
};

type Reported = z.output<z.ZodObject<typeof reportFields>>;
/** What the worker reported of a task beyond its outcome. */
export type TaskReport = LeftOut<Reported>;

const reportFieldNames = Object.keys(reportFields) as (keyof TaskReport)[];

/** The report among the fields of something larger. */
export function reportIn(larger: Reported): TaskReport {
  return picked(larger, reportFieldNames);
}
