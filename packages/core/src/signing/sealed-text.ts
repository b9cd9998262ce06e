import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import * as z from "zod";
import { fail, succeed, type Result } from "../errors.ts";
import { parseJson } from "../parse-json.ts";

const CIPHER = "aes-256-gcm";
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const MAX_COUNTER = 2 ** 32 - 1;

/** What a key is for: it opens nothing that goes another way, to another function or of another submission. */
export interface Bound {
  readonly direction: "in" | "out";
  readonly function: string;
  readonly unique: string;
  /** When it was made, of what goes to workers: it is taken for a time only. */
  readonly atMs?: number;
}

const sealedSchema = z.strictObject({
  v: z.literal(1),
  sealed: z.strictObject({
    /** Id of the pool key. */
    key: z.string().regex(/^[0-9a-f]{8}$/),
    /** The submission that it was sealed for; a job server may not tell. */
    unique: z.string().max(63).optional(),
    /** 16 random bytes, base64: fresh for each sender and submission, so that no key seals two streams. */
    salt: z.string().regex(/^[A-Za-z0-9+/]{22}==$/),
    /** When it was made, of what goes to workers. */
    atMs: z.number().int().optional(),
    /** Position in the stream, from 0. */
    n: z.number().int().min(0).max(MAX_COUNTER),
    last: z.boolean(),
    /** Sealed bytes and their tag, base64. */
    data: z.string(),
  }),
});
export type Sealed = z.output<typeof sealedSchema>["sealed"];

/** HKDF-SHA256 of the pool key. */
export function deriveKey(poolKey: Buffer, salt: string, bound: Bound): Buffer {
  const { direction, function: functionName, unique, atMs } = bound;
  const info = ["rr1", direction, functionName, unique, ...(atMs === undefined ? [] : [atMs])].join("\0");
  return Buffer.from(hkdfSync("sha256", poolKey, Buffer.from(salt, "base64"), info, KEY_BYTES));
}

/** Seals one text of a stream; its position and whether it is the last go into the nonce (the STREAM construction). */
export function sealText(
  key: Buffer,
  text: string,
  at: { readonly n: number; readonly last: boolean },
): string {
  const cipher = createCipheriv(CIPHER, key, nonceOf(at));
  return Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]).toString("base64");
}

/** Undefined: it was not sealed with this key for this position. */
export function openText(key: Buffer, { data, n, last }: Sealed): string | undefined {
  const bytes = Buffer.from(data, "base64");
  if (bytes.length < TAG_BYTES) return undefined;
  // Without authTagLength Node takes a tag of 4 bytes.
  const decipher = createDecipheriv(CIPHER, key, nonceOf({ n, last }), { authTagLength: TAG_BYTES });
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]).toString("utf8");
  } catch {
    return undefined;
  }
}

/** Takes a sealed text apart; the error completes "it …". */
export function readSealed(text: string): Result<Sealed, string> {
  const json = text.startsWith("{") ? parseJson(text) : undefined;
  if (typeof json !== "object" || json === null || !("sealed" in json)) return fail("is not sealed");
  const parsed = sealedSchema.safeParse(json);
  return parsed.success
    ? succeed(parsed.data.sealed)
    : fail("is not sealed in a way that this version reads");
}

function nonceOf({ n, last }: { readonly n: number; readonly last: boolean }): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeUInt32BE(n, NONCE_BYTES - 5);
  nonce.writeUInt8(last ? 1 : 0, NONCE_BYTES - 1);
  return nonce;
}
