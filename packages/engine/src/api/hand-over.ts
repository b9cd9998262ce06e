import * as z from "zod";
import { fail, MAX_DURATION_MS, planSchema, succeed, type Result, type RunPlan } from "@roadrunner/core";
import { signedTextSchema } from "@roadrunner/core/signing";
import { readAs } from "./first-fault.ts";
import { countFault, PLAN_BOUNDS, planFault, sizeFault } from "./plan-bounds.ts";

const ms = z.number().int().min(0).max(MAX_DURATION_MS);
const text = z.string().max(4096);

export const runIdSchema = z.string().regex(/^\d{8}-\d{6}-[a-z2-7]{8}$/, "is not a run id");

/** How a run is carried; as the options of rr-submit with these names. */
export const carrySchema = z
  .strictObject({
    maxInFlight: z.number().int().min(1).max(100_000),
    priority: z.enum(["normal", "high", "low"]),
    keepOutputBytes: z
      .number()
      .int()
      .min(256)
      .max(16 * 1024 * 1024),
    waitForWorkersMs: ms,
    serverTimeoutMs: ms,
    lostTimeoutMs: ms,
    /** Whether the commands' output is wanted as it comes. */
    live: z.boolean(),
  })
  .meta({ id: "Carry" });
export type Carry = z.output<typeof carrySchema>;

/** Who hands a run over, and from which box. */
export const bySchema = z.strictObject({ version: text, who: text, where: text }).meta({ id: "By" });
export type By = z.output<typeof bySchema>;

/** Values of the flow's secret parameters. */
export const secretsSchema = z
  .record(z.string(), z.string())
  .refine((secrets) => Object.keys(secrets).length <= PLAN_BOUNDS.entries, "are more than are taken")
  .readonly()
  .meta({ maxProperties: PLAN_BOUNDS.entries });

/** Warnings of a plan that are handed over with it, and characters of each: they become events of the run. */
export const MOST_WARNINGS = 1000;
export const MOST_OF_WARNING = 2000;

/** A run that its operator hands to whoever is to carry it: a coordinator, or a process of this box. */
export const handOverSchema = z
  .strictObject({
    v: z.literal(1),
    /** Chosen by whoever hands it over: the same one handed over again, after an unclear end, is the same run. */
    run: runIdSchema,
    plan: planSchema,
    file: text,
    /** SHA-256 of the flow file, hex. */
    fileDigest: text,
    warnings: z.array(z.string().max(MOST_OF_WARNING)).max(MOST_WARNINGS).readonly(),
    by: bySchema,
    carry: carrySchema,
    /** Although a flow of this name runs already. */
    concurrent: z.boolean(),
    secrets: secretsSchema.optional(),
    /** The operator's word on the plan: whoever carries the run can have nothing else run. */
    signed: signedTextSchema.optional(),
  })
  .meta({ id: "HandOver" });
export type HandOver = Omit<z.output<typeof handOverSchema>, "plan"> & { readonly plan: RunPlan };

/** Reads a hand-over; the error says what is wrong with it. */
export function parseHandOver(json: string): Result<HandOver, string> {
  const value = jsonOf(json);
  return value.ok ? handOverIn(value.value) : value;
}

/** As `parseHandOver`, of somebody whom nothing obliges to hand over what a flow makes; and what takes too long is refused. */
export function takeHandOver(json: string): Result<HandOver, string> {
  const value = jsonOf(json);
  if (!value.ok) return value;
  const { plan, warnings, secrets } = Object(value.value) as Readonly<Record<string, unknown>>;
  if (Array.isArray(warnings) && warnings.length > MOST_WARNINGS)
    return fail(`warnings: there are ${warnings.length}, and at most ${MOST_WARNINGS} are taken`);
  const tooMuch = countFault(plan) ?? sizeFault(plan) ?? sizeFault(secrets);
  if (tooMuch !== undefined) return fail(tooMuch);
  const read = handOverIn(value.value);
  const fault = read.ok ? planFault(read.value.plan) : undefined;
  return fault === undefined ? read : fail(fault);
}

function jsonOf(json: string): Result<unknown, string> {
  try {
    return succeed(JSON.parse(json));
  } catch {
    return fail("it is not JSON");
  }
}

function handOverIn(value: unknown): Result<HandOver, string> {
  const read = readAs(handOverSchema, value);
  if (!read.ok) return read;
  // As it was written: by its text, and so by the order of its fields, a plan has its digest.
  return succeed({ ...read.value, plan: (value as { readonly plan: RunPlan }).plan });
}
