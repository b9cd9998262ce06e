import { base32 } from "@roadrunner/core";

/** `20261124-091612-` and 8 base32 characters (40 random bits); the time is UTC. */
export function runId(nowMs: number, random: Uint8Array): string {
  return `${runIdTime(nowMs)}-${base32(random.subarray(0, 5))}`;
}

/** With what the id of a run begins that was started then: ids of later ones come after it. */
export function runIdTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
}

/** A fresh id of `characters` out of a-z and 2-7. */
export function nonce(characters: number, random: (bytes: number) => Uint8Array): string {
  return base32(random(Math.ceil((characters * 5) / 8))).slice(0, characters);
}
