import type { VisitEnd } from "../visit/visit.ts";

/** How the shell of a visit ended, where the host told that. */
export function shellEnd({ channelEnd }: VisitEnd): string | undefined {
  if (channelEnd?.kind === "exit") return `ended with ${channelEnd.code}`;
  return channelEnd?.kind === "signal" ? `was ended by ${channelEnd.signal}` : undefined;
}
