import { createHmac, timingSafeEqual } from "node:crypto";
import { fail, succeed, type Result } from "@roadrunner/core";

/** How long a challenge may be signed and sent back; somebody has to find his security key. */
export const CHALLENGE_MS = 60_000;

const PURPOSE = "roadrunner challenge\n";
const FORM = /^(?<nonce>[\w-]{22})\.(?<expires>\d{13,15})\.(?<proof>[\w-]{43})$/;

/** What a challenge says of itself; its text is all that is kept of it, until somebody has proved something with it. */
export interface Challenge {
  /** No two challenges have the same one. */
  readonly nonce: string;
  readonly untilMs: number;
}

/**
 * A text that only coordinators of this store can have made.
 * @param nonce 16 random bytes
 */
export function makeChallenge(key: Buffer, nonce: Buffer, nowMs: number): string {
  const body = `${nonce.toString("base64url")}.${nowMs + CHALLENGE_MS}`;
  return `${body}.${proofOf(key, body)}`;
}

/** The error completes "the challenge …". */
export function readChallenge(key: Buffer, text: string, nowMs: number): Result<Challenge, string> {
  const { nonce = "", expires = "", proof = "" } = FORM.exec(text)?.groups ?? {};
  const right = Buffer.from(proofOf(key, `${nonce}.${expires}`));
  const given = Buffer.from(proof);
  if (given.length !== right.length || !timingSafeEqual(given, right))
    return fail("is not of this coordinator or another one of its store; ask this one for a challenge");
  const untilMs = Number(expires);
  return untilMs > nowMs
    ? succeed({ nonce, untilMs })
    : fail(`is over since ${new Date(untilMs).toISOString()}; ask for another one`);
}

function proofOf(key: Buffer, body: string): string {
  return createHmac("sha256", key)
    .update(PURPOSE + body)
    .digest("base64url");
}
