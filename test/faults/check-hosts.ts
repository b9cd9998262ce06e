import type { HostLine } from "./host-log.ts";

/** What a host's file proves about one attempt. */
export interface AttemptFacts {
  readonly starts: number;
  /** Exit codes of the ends that it wrote. */
  readonly ends: readonly number[];
  /** The host crashed while it ran, or before it had written that it began. */
  readonly crashed: boolean;
}

export interface HostFacts {
  readonly attempts: ReadonlyMap<string, AttemptFacts>;
  readonly crashes: number;
  readonly problems: readonly string[];
}

export function attemptKey(job: string, attempt: number): string {
  return `${job} ${attempt}`;
}

/** Reads a host's lines in their order: at most one start of an attempt, and never two of a job at once. */
export function factsOf(host: string, lines: readonly HostLine[]): HostFacts {
  const problems: string[] = [];
  const attempts = new Map<string, { starts: number; ends: number[]; crashed: boolean }>();
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
      continue;
    }
    const { job, attempt } = line;
    const key = attemptKey(job, attempt);
    const facts = attempts.get(key) ?? { starts: 0, ends: [], crashed: false };
    attempts.set(key, facts);
    if (line.kind === "end") {
      facts.ends.push(line.code);
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
