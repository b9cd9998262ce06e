import type * as z from "zod";
import { fail, succeed, type Result } from "../errors.ts";

/** The version of every message that client and worker exchange; see docs/wire.md. */
export const WIRE_VERSION = 1;

/** A worker refuses a longer workload unread. */
export const MAX_WORKLOAD_BYTES = 1024 * 1024;

/** Reads one JSON message by its schema; the error says what is wrong and where, on one line. */
export function parseMessage<T>(text: string, schema: z.ZodType<T>, what: string): Result<T, string> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return fail(`the ${what} is not JSON: ${(error as Error).message}`);
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    return fail(`the ${what} is not a JSON object`);
  }
  const version = (json as { v?: unknown }).v ?? WIRE_VERSION;
  if (version !== WIRE_VERSION) {
    return fail(
      `the ${what} has version ${JSON.stringify(version)}; this program reads version ${WIRE_VERSION}`,
    );
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return succeed(parsed.data);
  const problems = parsed.error.issues.map((issue) => {
    const path = issue.path.map(String).join(".");
    const message =
      issue.code === "invalid_key" ? (issue.issues[0]?.message ?? issue.message) : issue.message;
    return path === "" ? message : `${path}: ${message}`;
  });
  return fail(`the ${what} is not valid: ${problems.join("; ")}`);
}
