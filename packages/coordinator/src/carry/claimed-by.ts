import type { By } from "@roadrunner/engine/api";

/** Whoever asks on the socket, by what he says of himself: never to be taken for a principal, who has proven it. */
export function claimedBy({ who, where }: By): string {
  return `${who}@${where} on the coordinator's socket`;
}
