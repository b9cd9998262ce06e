import { hash, sign, verify, type KeyObject } from "node:crypto";
import * as z from "zod";
import { fail, succeed, type Result } from "../errors.ts";
import { MESSAGE_LIFE_MS } from "./time/limits.ts";
import { parseJson } from "../parse-json.ts";
import { proofSchema, type PlanProof } from "./plan/proof.ts";
import { signedTextSchema, type SignedText } from "./signers/signed-text.ts";

/** What a message is; a signature over one kind is none over the other. */
export type MessageKind = "task" | "control" | "gate";

/** Gearman names a function and a unique at most 63 bytes long. */
const name = z.string().min(1).max(63);
const headerSchema = z.strictObject({
  function: name,
  unique: name,
  issuedMs: z.number().int(),
  notAfterMs: z.number().int(),
  /** Of a run that somebody carries for its operator: `wordDigest` of the operator's word that it is sent with. */
  word: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});
/** For whom and until when a message is. */
export type MessageHeader = z.output<typeof headerSchema>;

const envelopeSchema = z.strictObject({
  v: z.literal(1),
  signed: z.strictObject({
    certificate: signedTextSchema,
    /** Text of the header; it and the body are signed as they stand. */
    header: z.string().max(1024),
    body: z.string(),
    /** 64 bytes, base64. */
    signature: z.string().max(100),
    /** Of a run that somebody carries for its operator: the plan that this one signed, and where the message is in it. */
    plan: signedTextSchema.optional(),
    proof: proofSchema.optional(),
  }),
});

export interface Envelope {
  readonly certificate: SignedText;
  readonly header: string;
  readonly body: string;
  readonly signature: string;
  readonly plan?: SignedText | undefined;
  readonly proof?: PlanProof | undefined;
}

/** The operator's word, where another than the operator signs. */
export interface Planned {
  readonly plan: SignedText;
  /** Absent: of a control message. */
  readonly proof?: PlanProof | undefined;
}

/** Signs with the run's fresh key: for this function and unique, for 15 minutes. */
export function signMessage(
  kind: MessageKind,
  to: Pick<MessageHeader, "function" | "unique">,
  body: string,
  by: { readonly key: KeyObject; readonly certificate: SignedText },
  nowMs: number,
  planned?: Planned,
): string {
  const fields: MessageHeader = {
    ...{ ...to, issuedMs: nowMs, notAfterMs: nowMs + MESSAGE_LIFE_MS },
    ...(planned === undefined ? {} : { word: wordDigest(planned.plan) }),
  };
  const header = JSON.stringify(fields);
  const signature = sign(null, signedBytes(kind, header, body), by.key).toString("base64");
  return JSON.stringify({
    v: 1,
    signed: { certificate: by.certificate, header, body, signature, ...planned },
  });
}

/** Takes a message apart without believing any of it; undefined: it is not signed at all. */
export function openEnvelope(text: string): Result<Envelope, string> | undefined {
  if (!text.startsWith("{")) return undefined;
  const json = parseJson(text);
  if (typeof json !== "object" || json === null || !("signed" in json)) return undefined;
  const parsed = envelopeSchema.safeParse(json);
  return parsed.success
    ? succeed(parsed.data.signed)
    : fail("its envelope is not one that this version reads");
}

/** Whether the fresh key signed it; then its header can be believed. */
export function readSigned(kind: MessageKind, envelope: Envelope, key: KeyObject): MessageHeader | undefined {
  const { header, body, signature } = envelope;
  // The NUL between them must be the only one, or a byte could change sides.
  if (header.includes("\0")) return undefined;
  const bytes = Buffer.from(signature, "base64");
  if (bytes.length !== 64 || !verify(null, signedBytes(kind, header, body), key, bytes)) return undefined;
  const parsed = headerSchema.safeParse(parseJson(header));
  return parsed.success ? parsed.data : undefined;
}

/** SHA-256, hex, of what an operator signed: nobody on the way puts another word in its place, or none. */
export function wordDigest({ body, signature }: SignedText): string {
  return hash("sha256", `${body}\0${signature}`, "hex");
}

function signedBytes(kind: MessageKind, header: string, body: string): Buffer {
  return Buffer.from(`rr-${kind}-v1\0${header}\0${body}`);
}
