/** What a connection is wanted for: a command, or a way on to another host. */
export type Use = "session" | "forward";

export interface Occupied {
  /** Leases on it. */
  readonly sessions: number;
  /** Connections that go through it. */
  readonly forwards: number;
  readonly isSpoiled: boolean;
}

export interface Limits {
  readonly sessions: number;
  readonly forwards: number;
}

/** The fullest connection that can take one more, so that the others fall idle and can be closed. */
export function chooseConnection<T extends Occupied>(
  connections: Iterable<T>,
  use: Use,
  limits: Limits,
): T | undefined {
  let best: T | undefined;
  for (const one of connections) {
    if (one.isSpoiled || taken(one, use) >= limits[`${use}s`]) continue;
    if (best === undefined || taken(one, use) > taken(best, use)) best = one;
  }
  return best;
}

function taken(one: Occupied, use: Use): number {
  return use === "session" ? one.sessions : one.forwards;
}

/** How many connections to open now for those that wait. */
export function connectionsToOpen(input: {
  readonly waiting: number;
  readonly opening: number;
  /** How many of the waiting one connection serves. */
  readonly each: number;
  /** Handshakes at once with one host: more would run into its MaxStartups. */
  readonly maxOpening: number;
}): number {
  const wanted = Math.ceil(input.waiting / input.each) - input.opening;
  return Math.max(0, Math.min(wanted, input.maxOpening - input.opening));
}

/**
 * How many sessions at once a server stands. dropbear 2022.82 to 2024.85 closes a session that is being
 * opened when another's command ends, and then itself (mkj/dropbear issue 321): it gets one at a time.
 */
export function sessionsAtOnce(server: string, wanted: number): number {
  return server.startsWith("dropbear") ? 1 : wanted;
}
