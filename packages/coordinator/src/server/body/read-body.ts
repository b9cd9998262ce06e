import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import type * as z from "zod";
import type { Result } from "@roadrunner/core";
import { readAs, MAX_BODY_BYTES } from "@roadrunner/engine/api";
import { refuse, type Refusal } from "../../carry/refusal.ts";
import { jsonText } from "./json-text.ts";

type Ask = Context<{ Bindings: HttpBindings }>;

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;

/** Of all requests that are being read; a plan takes some times as much when it is taken apart. */
const MOST_AT_ONCE_BYTES = 2 * MAX_BODY_BYTES;
let readNowBytes = 0;

/** What is read of a request, and how long at most; without a time it is the server's. */
export interface BodyBounds {
  readonly bytes: number;
  readonly ms?: number;
}

/** Of what is handed over. */
export const USUAL_BODY: BodyBounds = { bytes: MAX_BODY_BYTES };
/** Of what is said to a run: the longest has secrets, and a signature. */
export const WORDS_BODY: BodyBounds = { bytes: MEBIBYTE };
/** Of those who are not logged in. */
export const STRANGERS_BODY: BodyBounds = { bytes: 64 * KIBIBYTE, ms: 5000 };

/**
 * What `read` makes of a request that is JSON; reading stops where it is too large, or too slow. What is read at once is
 * bounded until `read` has ended.
 */
export async function readBody<T>(
  { req, env }: Ask,
  { bytes: most, ms }: BodyBounds,
  read: (bytes: Buffer) => Result<T, Refusal> | Promise<Result<T, Refusal>>,
): Promise<Result<T, Refusal>> {
  const announced = Number(req.header("content-length") ?? 0);
  if (announced > most) return tooLarge(most);
  const fault = announced === 0 && req.header("transfer-encoding") === undefined ? undefined : typeFault(req);
  if (fault !== undefined) return refuse("unsupportedType", fault);
  const { body } = req.raw;
  if (body === null) return read(Buffer.alloc(0));
  const late = ms === undefined ? undefined : setTimeout(() => env.incoming.socket.destroy(), ms);
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      size += chunk.length;
      readNowBytes += chunk.length;
      if (size > most) return tooLarge(most);
      if (readNowBytes > MOST_AT_ONCE_BYTES)
        return refuse("storeFault", "too much is being handed over at once; try again in a moment");
      chunks.push(chunk);
    }
    clearTimeout(late);
    return await read(Buffer.concat(chunks, size));
  } finally {
    clearTimeout(late);
    readNowBytes -= size;
  }
}

function typeFault(req: Context["req"]): string | undefined {
  const [type] = (req.header("content-type") ?? "of no type").split(";", 1);
  const shown = (type ?? "").trim().slice(0, 100);
  if (shown.toLowerCase() !== "application/json")
    return `the request is ${shown}; send JSON, with content-type: application/json`;
  const encoding = req.header("content-encoding");
  return encoding === undefined
    ? undefined
    : `the request is packed (content-encoding: ${encoding.slice(0, 100)}); send it as it is`;
}

/** A request's JSON, as a schema has it; no text counts as `{}`. */
export async function readJson<T>(
  ask: Ask,
  schema: z.ZodType<T>,
  bounds = USUAL_BODY,
): Promise<Result<T, Refusal>> {
  return readBody(ask, bounds, (bytes) => {
    const text = jsonText(bytes);
    if (!text.ok) return text;
    let json: unknown;
    try {
      json = text.value === "" ? {} : JSON.parse(text.value);
    } catch {
      return refuse("badRequest", "the request is not JSON");
    }
    const read = readAs(schema, json);
    return read.ok ? read : refuse("badRequest", read.error);
  });
}

function tooLarge(most: number): Result<never, Refusal> {
  const needed =
    most === MAX_BODY_BYTES
      ? `${most / MEBIBYTE} MiB, which no plan needs: part the flow, or its hosts`
      : most === MEBIBYTE
        ? "1 MiB, which no word to a run needs"
        : `${most / KIBIBYTE} KiB, which no login needs`;
  return refuse("tooLarge", `the request has more than ${needed}`);
}
