import type { HostLine } from "./host-log.ts";

/** What a host's file proves about one attempt. */
export interface AttemptFacts {
  readonly starts: number;
  /** Exit codes of the ends that it wrote. */
  readonly ends: readonly number[];
  /** The host crashed while it ran. */
  readonly crashed: boolean;
  /** The host crashed so soon after its end that the shell which waits for it may have died with it. */
  readonly crashedAtEnd: boolean;
}

interface Facts {
  starts: number;
  ends: number[];
  crashed: boolean;
  crashedAtEnd: boolean;
  endedS?: number;
}

export interface HostFacts {
  readonly attempts: ReadonlyMap<string, AttemptFacts>;
  readonly crashes: number;
  readonly problems: readonly string[];
}

/** Time in which a busy machine comes from a command's last line to the record of its end. */
const RECORDED_WITHIN_S = 1;

export function attemptKey(job: string, attempt: number): string {
  return `${job} ${attempt}`;
}

/** Reads a host's lines in their order: at most one start of an attempt, and never two of a job at once. */
export function factsOf(host: string, lines: readonly HostLine[]): HostFacts {
  const problems: string[] = [];
  const attempts = new Map<string, Facts>();
  /** By job: the attempt that runs. */
  const running = new Map<string, number>();
  let crashes = 0;
  for (const line of lines) {
    if (line.kind === "crash") {
      crashes += 1;
      for (const [job, attempt] of running) {
        const facts = attempts.get(attemptKey(job, attempt));
        if (facts !== undefined) facts.crashed = true;
      }
      running.clear();
      for (const facts of attempts.values())
        if (facts.endedS !== undefined && line.upS - facts.endedS < RECORDED_WITHIN_S)
          facts.crashedAtEnd = true;
      continue;
    }
    const { job, attempt } = line;
    const key = attemptKey(job, attempt);
    const facts = attempts.get(key) ?? { starts: 0, ends: [], crashed: false, crashedAtEnd: false };
    attempts.set(key, facts);
    if (line.kind === "end") {
      facts.ends.push(line.code);
      facts.endedS = line.upS;
      if (running.get(job) === attempt) running.delete(job);
      continue;
    }
    facts.starts += 1;
    if (facts.starts > 1) problems.push(`double start: ${key} started ${facts.starts} times on ${host}`);
    const other = running.get(job);
    if (other !== undefined && other !== attempt)
      problems.push(`double start: ${key} started on ${host} while attempt ${other} ran`);
    running.set(job, attempt);
  }
  return { attempts, crashes, problems };
}
