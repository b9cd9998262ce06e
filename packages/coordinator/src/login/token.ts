import { createHash, randomBytes } from "node:crypto";

/** How long somebody is logged in; his key is asked for again each time all the same. */
export const TOKEN_MS = 12 * 3_600_000;

const BYTES = 32;
const FORM = /^rrt_[\w-]{43}$/;
const HEADER = /^bearer +(\S{1,200}) *$/i;

/** Opaque, and found again by scanners of secrets. */
export function newToken(): string {
  return `rrt_${randomBytes(BYTES).toString("base64url")}`;
}

/** What the store keeps of a token. */
export function digestOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** The token of an `authorization` header; undefined: there is none of ours in it. */
export function tokenIn(header: string | undefined): string | undefined {
  const token = HEADER.exec(header ?? "")?.[1];
  return token !== undefined && FORM.test(token) ? token : undefined;
}
