import { createHash } from "node:crypto";
import { keyOfDigest } from "../contract/names.ts";

/** The short name that a task, or its record, goes by: of `taskId` or `recordId`. */
export function keyOf(id: string): string {
  return keyOfDigest(createHash("sha256").update(id).digest());
}
