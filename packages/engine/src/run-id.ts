import { base32 } from "@roadrunner/core";

/** `20261124-091612-` and 8 base32 characters (40 random bits); the time is UTC. */
export function runId(nowMs: number, random: Uint8Array): string {
  const iso = new Date(nowMs).toISOString();
  const stamp = `${iso.slice(0, 10)}-${iso.slice(11, 19)}`.replaceAll(/[-:]/g, "").replace(/^(\d{8})/, "$1-");
  return `${stamp}-${base32(random.subarray(0, 5))}`;
}

/** A fresh id of `characters` out of a-z and 2-7. */
export function nonce(characters: number, random: (bytes: number) => Uint8Array): string {
  return base32(random(Math.ceil((characters * 5) / 8))).slice(0, characters);
}
