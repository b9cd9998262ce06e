import type { WorkloadTask } from "@roadrunner/core";

interface Scope {
  readonly run: string;
  readonly client: string;
  readonly jobs?: readonly string[] | undefined;
}

/** A revocation outlives its run by far less than this many others; the oldest go first. */
const MAX_REVOCATIONS = 10_000;

/** Which tasks this worker must not start: whole runs of a client, or jobs of them. */
export class Revocations {
  readonly #revoked = new Set<string>();

  add(scope: Scope): void {
    const keys = scope.jobs === undefined ? [keyOf(scope)] : scope.jobs.map((job) => keyOf(scope, job));
    for (const key of keys) {
      this.#revoked.delete(key);
      this.#revoked.add(key);
    }
    for (const oldest of this.#revoked) {
      if (this.#revoked.size <= MAX_REVOCATIONS) break;
      this.#revoked.delete(oldest);
    }
  }

  /** Whether this must not start. What is only asked about, or to be killed, does not start anyhow. */
  has(task: WorkloadTask | undefined): boolean {
    if (task === undefined || (task.order ?? "run") !== "run") return false;
    return this.#revoked.has(keyOf(task)) || this.#revoked.has(keyOf(task, task.job));
  }
}

/** Whether a scope names this task. */
export function covers(scope: Scope, task: WorkloadTask): boolean {
  return (
    scope.run === task.run &&
    scope.client === task.client &&
    (scope.jobs === undefined || scope.jobs.includes(task.job))
  );
}

function keyOf(scope: { run: string; client: string }, job?: string): string {
  return `${scope.run}/${scope.client}${job === undefined ? "" : `/${job}`}`;
}
