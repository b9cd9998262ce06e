import * as z from "zod";
import { defined, OUTCOMES, planSchema, type RunPlan } from "@roadrunner/core";
import { signedTextSchema, type SignedText } from "@roadrunner/core/signing";
import { bySchema, carrySchema, secretsSchema } from "./hand-over.ts";

/** What a coordinator is asked and answers, as JSON over HTTP; all paths begin with `API`. */
export const API = "/api/v1";

/** A body of a request may have so many bytes: a plan of 100,000 hosts has a third. */
export const MAX_BODY_BYTES = 64 * 1024 * 1024;

export const RUN_STATES = ["succeeded", "failed", "cancelled", "running", "open", "damaged"] as const;

const iso = z.iso.datetime();
const outcome = z.enum(OUTCOMES).meta({ id: "Outcome" });
export const runStateSchema = z.enum(RUN_STATES).meta({ id: "RunState" });

/** One run in a list. */
export const runRowSchema = z
  .object({
    run: z.string(),
    /** The flow's name. */
    name: z.string(),
    /** A verdict; `running`: somebody carries it now; `open`: it can be gone on with. */
    state: runStateSchema,
    /** Empty where it has not begun. */
    started: z.string(),
    durationMs: z.number().optional(),
    /** Final outcomes that there are. */
    counts: z.partialRecord(outcome, z.number()).readonly(),
    reason: z.string().optional(),
    /** What its jobs wait for that is no host, and the slot that waits for a yes; absent: nothing. */
    waits: z
      .array(
        z.object({
          /** Absent where a slot waits. */
          job: z.string().optional(),
          /** The slot that waits for a yes (`confirm`). */
          slot: z.number().int().optional(),
          for: z.enum(["before", "bake", "hold", "confirm"]),
          since: iso,
          /** Of a bake. */
          until: iso.optional(),
          /** Of a hold; what a slot asks. */
          reason: z.string().optional(),
        }),
      )
      .readonly()
      .optional(),
    /** The key or certificate that vouches for it, where one does. */
    signedBy: z.string().optional(),
    /** Who handed it over, `user@box`, as he says himself. */
    by: z.string().optional(),
    /** Who handed it over, as his login proved; absent: whoever owns the coordinator's socket. */
    principal: z.string().optional(),
  })
  .meta({ id: "RunRow" });
export type RunRow = z.output<typeof runRowSchema>;

/** Newest first. */
export const runListSchema = z
  .object({
    runs: z.array(runRowSchema).readonly(),
    /** The id to ask for with `before` for the next page; absent: there are no more. */
    next: z.string().optional(),
  })
  .meta({ id: "RunList" });

/** Events of a run by their numbers, which begin with 1 and have no gaps; live output is in none of them. */
export const eventPageSchema = z.object({
  events: z.array(z.object({ number: z.number().int().min(1), event: z.unknown() })).readonly(),
  /** The number to ask for with `from` for the next page; absent: there are no more now. */
  next: z.number().int().optional(),
  /** Whether the run has ended, as far as these events say: of a page before the last one false. */
  ended: z.boolean().meta({
    description: "whether the run has ended, as far as these events say: false where there is a next page",
  }),
});

export const handedOverSchema = z.object({ run: z.string() }).meta({ id: "HandedOver" });

/** What was done, in a sentence for the operator. */
export const toldSchema = z
  .object({
    text: z.string(),
    /** Who handed the run over, where that is not who asks: his principal, or `user@box` without a login. */
    whose: z.string().optional(),
  })
  .meta({ id: "Told" });
export type Told = z.output<typeof toldSchema>;

export const confirmSchema = z
  .strictObject({
    /** Absent: the only thing that waits. */
    job: z.string().min(1).max(64).optional(),
    /** False: no. Then a job that holds fails, and a slot that asks ends the run, as a stop does. */
    goOn: z.boolean().default(true),
    /** As whoever asks says of himself; where somebody is logged in, his principal counts. */
    by: bySchema.optional(),
  })
  .meta({ id: "Confirm" });
export const confirmedSchema = z.object({ done: z.boolean(), text: z.string() }).meta({ id: "Confirmed" });

export const resumeSchema = z
  .strictObject({
    by: bySchema,
    retry: z.array(outcome).max(OUTCOMES.length).readonly().optional(),
    confirm: z.boolean(),
    secrets: secretsSchema.optional(),
    /** Absent: as the run was carried before. */
    carry: carrySchema.optional(),
    /** The operator's word on the plan, anew: with the attempts that there are now, and for longer. */
    signed: signedTextSchema.optional(),
  })
  .meta({ id: "Resume" });
export type Resume = z.output<typeof resumeSchema>;

/** A plan that was signed anew, for a run that is carried: it holds when the signature before it has expired. */
export const signSchema = z.strictObject({ signed: signedTextSchema }).meta({ id: "Sign" });

/** What was signed of a run's plan last; absent: nothing. With the plan of a run that has not begun. */
export const signedSchema = z
  .object({ signed: signedTextSchema.optional(), plan: planSchema.optional() })
  .meta({ id: "Signed" });

export interface SignedOf {
  readonly signed?: SignedText | undefined;
  readonly plan?: RunPlan | undefined;
}

/** Reads it as a schema does; the plan as it was written: by its text, and so by the order of its fields, it has its digest. */
export const signedAnswer = {
  safeParse(
    value: unknown,
  ):
    | { success: true; data: SignedOf }
    | Extract<ReturnType<typeof signedSchema.safeParse>, { success: false }> {
    const read = signedSchema.safeParse(value);
    if (!read.success) return read;
    const { plan, signed } = value as SignedOf;
    return { success: true, data: defined({ plan, signed }) };
  },
};

export const healthSchema = z
  .object({
    ok: z.boolean(),
    /** Of this coordinator's process; this and the rest is told to whoever is logged in. */
    coordinator: z.string().optional(),
    version: z.string().optional(),
    store: z.enum(["postgres", "sqlite"]).optional(),
    /** Everywhere that it listens, as `unix:/path` and `https://host:port`. */
    listen: z.array(z.string()).readonly().optional(),
    /** Runs that it carries now. */
    carried: z.number().int().optional(),
    reasons: z.array(z.string()).readonly().optional(),
  })
  .meta({ id: "Health" });

export const PROBLEM_CODES = [
  "notLoggedIn",
  /** The login's role does not allow it, or not with this run. */
  "notAllowed",
  /** Of a login, or of a plan. */
  "badSignature",
  "badRequest",
  /** Another kind of answer is wanted than there is. */
  "notAcceptable",
  /** No JSON is sent. */
  "unsupportedType",
  "tooLarge",
  "headersTooLarge",
  /** The request did not come as a whole in time. */
  "tooSlow",
  "notFound",
  "methodNotAllowed",
  "noSuchRun",
  /** Of a task, or of an attempt of one. */
  "noSuchOutput",
  /** Another run has the id of the one that is handed over. */
  "runIsThere",
  "ambiguousRun",
  "flowRunsAlready",
  "notCarried",
  "nothingLeft",
  "needsSecrets",
  /** More is asked at once than can be answered. */
  "tooMany",
  "storeFault",
  "bug",
] as const;

/** An error, as RFC 9457 has it. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    /** What went wrong and what to do next, for the operator; lines are parted by newlines. */
    detail: z.string(),
    code: z.enum(PROBLEM_CODES),
  })
  .meta({ id: "Problem" });
export type Problem = z.output<typeof problemSchema>;

/** Events of a stream (`text/event-stream`): with a number as `id`, or of live output, without one. */
export const STREAM_EVENTS = { recorded: "run", output: "output" } as const;
