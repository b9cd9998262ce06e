import type { HostLine } from "./host-log.ts";

/** What a host's file proves about one attempt. */
export interface AttemptFacts {
  readonly starts: number;
  /** Exit codes of the ends that it wrote. */
  readonly ends: readonly number[];
  /** The host crashed, or was made anew, while it ran. */
  readonly crashed: boolean;
  /** The host crashed so soon after its end that the shell which waits for it may have died with it. */
  readonly crashedAtEnd: boolean;
  /** Its record was removed since it started: whoever did not hear its end cannot learn it. */
  readonly forgotten: boolean;
  /** So, and nobody had heard of its start either. */
  readonly unheard: boolean;
  /** It started again, of which nobody could know: its lines do not tell which start they are of. */
  readonly blurred: boolean;
}

interface Facts {
  starts: number;
  ends: number[];
  crashed: boolean;
  crashedAtEnd: boolean;
  forgotten: boolean;
  blurred: boolean;
  endedS?: number;
}

export interface HostFacts {
  readonly attempts: ReadonlyMap<string, AttemptFacts>;
  /** How often all its processes were killed. */
  readonly crashes: number;
  /** Starts of what had started before, of which nobody could know: no record was left, and nobody had heard it. */
  readonly unheardAgain: number;
  readonly problems: readonly string[];
}

/** Time in which a busy machine comes from a command's last line to the record of its end, or from its claim to its first line. */
const RECORDED_WITHIN_S = 1;

/** By host and attempt: the host's uptime in seconds when output of it was shown first, which tells of its start. */
export type Heard = ReadonlyMap<string, ReadonlyMap<string, number>>;

export function attemptKey(job: string, attempt: number): string {
  return `${job} ${attempt}`;
}

/**
 * Reads a host's lines in their order: at most one start of an attempt, and never two of a job at once. A removed
 * record excuses only the start of which nobody had heard.
 *
 * @param heard of this host: since when the start of an attempt was heard
 */
export function factsOf(
  host: string,
  lines: readonly HostLine[],
  heard: ReadonlyMap<string, number>,
): HostFacts {
  const problems: string[] = [];
  const attempts = new Map<string, Facts>();
  /** By job: the attempt that runs. */
  const running = new Map<string, number>();
  let crashes = 0;
  let unheardAgain = 0;
  let forgotAtS = -Infinity;
  // Output that was shown later is of the second start.
  const isLost = (key: string, upS: number): boolean =>
    attempts.get(key)?.forgotten === true && (heard.get(key) ?? Infinity) > upS;
  for (const line of lines) {
    if (line.kind === "crash" || line.kind === "renew") {
      crashes += 1;
      for (const [job, attempt] of running) {
        const facts = attempts.get(attemptKey(job, attempt));
        if (facts !== undefined) facts.crashed = true;
      }
      running.clear();
      for (const facts of attempts.values())
        if (facts.endedS !== undefined && line.upS - facts.endedS < RECORDED_WITHIN_S)
          facts.crashedAtEnd = true;
    }
    if (line.kind === "forget" || line.kind === "renew") {
      // In a container that is made anew everything starts afterwards.
      if (line.kind === "forget") forgotAtS = line.upS;
      for (const facts of attempts.values()) facts.forgotten = true;
    }
    if (!("job" in line)) continue;
    const { job, attempt } = line;
    const key = attemptKey(job, attempt);
    if (line.kind === "start" && isLost(key, line.upS)) {
      unheardAgain += 1;
      attempts.set(key, { ...fresh(), blurred: true });
      if (running.get(job) === attempt) running.delete(job);
    }
    const facts = attempts.get(key) ?? fresh();
    attempts.set(key, facts);
    if (line.kind === "end") {
      facts.ends.push(line.code);
      facts.endedS = line.upS;
      if (running.get(job) === attempt) running.delete(job);
      continue;
    }
    facts.starts += 1;
    // Its record was made before its first line.
    if (forgotAtS <= line.upS && line.upS - forgotAtS < RECORDED_WITHIN_S) facts.forgotten = true;
    if (facts.starts > 1) {
      const gone = facts.forgotten ? "; its record was gone, and its start heard" : "";
      problems.push(`double start: ${key} started ${facts.starts} times on ${host}${gone}`);
    }
    const other = running.get(job);
    // Without its record nobody can see that the earlier attempt, whose end is told as unknown, still runs.
    const isHidden = other !== undefined && attempts.get(attemptKey(job, other))?.forgotten === true;
    if (other !== undefined && other !== attempt && !isHidden)
      problems.push(`double start: ${key} started on ${host} while attempt ${other} ran`);
    running.set(job, attempt);
  }
  const told = Array.from(
    attempts,
    ([key, facts]) => [key, { ...facts, unheard: facts.forgotten && !heard.has(key) }] as const,
  );
  return { attempts: new Map(told), crashes, unheardAgain, problems };
}

function fresh(): Facts {
  return { starts: 0, ends: [], crashed: false, crashedAtEnd: false, forgotten: false, blurred: false };
}
