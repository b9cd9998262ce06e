import * as z from "zod";
import type { Result } from "../errors.ts";
import { durationMs, secretName } from "../work/field-types.ts";
import { shortName } from "../work/end.ts";
import { epoch, epochFault, notAfterMs } from "./epoch.ts";
import { ID_PATTERN } from "./names.ts";
import { parseMessage } from "./messages.ts";

/** What a worker is asked about the site, and what it answers. Whether that is a pass is for the client to say. */

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, "is not a name");
const url = z.string().min(1).max(4096);
/** The file in the worker's secrets folder whose text is the bearer token. */
const token = secretName.optional();

export const gateQuestionSchema = z.strictObject({
  v: z.literal(1).optional(),
  gate: z.strictObject({
    name,
    run: z.string().regex(/^[A-Za-z0-9-]{1,40}$/, "is not a run id"),
    slot: z.number().int().min(1),
    job: name,
    /** From 1. */
    ask: z.number().int().min(1),
    /** The client process that asks. */
    client: z.string().regex(ID_PATTERN),
    /** Fresh for each submission. */
    submission: z.string().regex(/^[a-z0-9]{8,32}$/, "is 8 to 32 of a-z and 0-9"),
    epoch: epoch.optional(),
    notAfterMs: notAfterMs.optional(),
  }),
  timeoutMs: durationMs.min(1),
  /** One of them. */
  prometheus: z.strictObject({ url, query: z.string().min(1).max(65_536), token }).optional(),
  http: z.strictObject({ url, token }).optional(),
});
export type GateQuestion = z.output<typeof gateQuestionSchema>;

/** What was found; `none`: nothing that says how the site does, and why. */
const reading = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("value"), value: z.number() }),
  z.object({ kind: z.literal("status"), status: z.number().int() }),
  z.object({ kind: z.literal("none"), reason: z.string().max(4096) }),
]);

export const gateFindingSchema = z.object({
  v: z.literal(1),
  submission: shortName.optional(),
  worker: shortName,
  reading,
});
export type GateFinding = z.output<typeof gateFindingSchema>;

/** `exit`: of a gate whose check ran on a host to its end. */
export type GateReading =
  GateFinding["reading"] | { readonly kind: "exit"; readonly ok: boolean; readonly reason: string };

export function parseGateQuestion(json: string): Result<GateQuestion, string> {
  const parsed = parseMessage(json, gateQuestionSchema, "gate question");
  const ofEpoch = parsed.ok ? epochFault(parsed.value.gate) : undefined;
  if (ofEpoch !== undefined) return { ok: false, error: `the gate question is not valid: ${ofEpoch}` };
  if (parsed.ok && (parsed.value.prometheus === undefined) === (parsed.value.http === undefined))
    return { ok: false, error: "the gate question is not valid: it asks either prometheus or http" };
  return parsed;
}

export function parseGateFinding(json: string): Result<GateFinding, string> {
  return parseMessage(json, gateFindingSchema, "gate finding");
}
