import { isUtf8 } from "node:buffer";
import { succeed, type Result } from "@roadrunner/core";
import { refuse, type Refusal } from "../../carry/refusal.ts";
import { isTooDeep, MOST_LEVELS } from "./too-deep.ts";

/** The text of a request that is to be JSON, before it is read as that. */
export function jsonText(bytes: Buffer): Result<string, Refusal> {
  if (!isUtf8(bytes)) return refuse("badRequest", "the request is not UTF-8, which JSON is");
  if (isTooDeep(bytes))
    return refuse("badRequest", `the request is nested deeper than ${MOST_LEVELS} levels, which nothing is`);
  return succeed(bytes.toString("utf8"));
}
