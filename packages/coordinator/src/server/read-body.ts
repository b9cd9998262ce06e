import { isUtf8 } from "node:buffer";
import type { Context } from "hono";
import type * as z from "zod";
import { succeed, type Result } from "@roadrunner/core";
import { MAX_BODY_BYTES } from "@roadrunner/engine/api";
import { refuse, type Refusal } from "../carry/refusal.ts";
import { isTooDeep, MOST_LEVELS } from "./too-deep.ts";

const MEBIBYTE = 1024 * 1024;

/** Of all requests that are being read; a plan takes some times as much when it is taken apart. */
const MOST_AT_ONCE_BYTES = 2 * MAX_BODY_BYTES;
let readNowBytes = 0;

/** The text of a request that is JSON; reading stops where it is too large. */
export async function readBody({ req }: Context): Promise<Result<string, Refusal>> {
  const announced = Number(req.header("content-length") ?? 0);
  if (announced > MAX_BODY_BYTES) return tooLarge();
  const fault = announced === 0 && req.header("transfer-encoding") === undefined ? undefined : typeFault(req);
  if (fault !== undefined) return refuse("unsupportedType", fault);
  const { body } = req.raw;
  if (body === null) return succeed("");
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      size += chunk.length;
      readNowBytes += chunk.length;
      if (size > MAX_BODY_BYTES) return tooLarge();
      if (readNowBytes > MOST_AT_ONCE_BYTES)
        return refuse("storeFault", "too much is being handed over at once; try again in a moment");
      chunks.push(chunk);
    }
    const bytes = Buffer.concat(chunks, size);
    if (!isUtf8(bytes)) return refuse("badRequest", "the request is not UTF-8, which JSON is");
    if (isTooDeep(bytes))
      return refuse(
        "badRequest",
        `the request is nested deeper than ${MOST_LEVELS} levels, which nothing is`,
      );
    return succeed(bytes.toString("utf8"));
  } finally {
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
export async function readJson<T>(context: Context, schema: z.ZodType<T>): Promise<Result<T, Refusal>> {
  const text = await readBody(context);
  if (!text.ok) return text;
  let json: unknown;
  try {
    json = text.value === "" ? {} : JSON.parse(text.value);
  } catch {
    return refuse("badRequest", "the request is not JSON");
  }
  const parsed = schema.safeParse(json);
  return parsed.success ? succeed(parsed.data) : refuse("badRequest", issueText(parsed.error));
}

export function issueText({ issues: [issue] }: z.ZodError): string {
  const path = issue?.path.map(String).join(".") ?? "";
  return `${path === "" ? "" : `${path}: `}${issue?.message ?? "it is not as it should be"}`;
}

function tooLarge(): Result<never, Refusal> {
  return refuse(
    "tooLarge",
    `the request has more than ${MAX_BODY_BYTES / MEBIBYTE} MiB, which no plan needs: part the flow, or its hosts`,
  );
}
