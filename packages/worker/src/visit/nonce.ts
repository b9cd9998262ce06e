import { randomBytes } from "node:crypto";

/** Marks the words of one visit. */
export function freshNonce(): string {
  return randomBytes(12).toString("hex");
}
