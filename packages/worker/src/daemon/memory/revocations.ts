import { stageId, type WorkloadTask } from "@roadrunner/core";
import { BySayer } from "./by-sayer.ts";

interface Scope {
  readonly run: string;
  readonly client: string;
  readonly jobs?: readonly string[] | undefined;
  /** Of these jobs; absent: all of each. */
  readonly stages?: readonly string[] | undefined;
}

/** How many of one owner are kept. A revocation outlives its run by far fewer others; the oldest go first. */
const MAX_REVOCATIONS = 10_000;

/** Which tasks this worker must not start: whole runs of a client, or jobs of them. */
export class Revocations {
  /** By owner's key, so that nobody's revocations push out another's; without signatures all are one's. */
  readonly #revoked = new BySayer<Set<string>>();

  /**
   * @param ownerKey fingerprint of the key that signed it, and of whoever carries the run for that one
   * @param person see `personOf`
   */
  add(scope: Scope, ownerKey = "", person = ownerKey): void {
    const own = this.#revoked.get(ownerKey) ?? new Set<string>();
    this.#revoked.set(ownerKey, person, own);
    for (const key of keysOf(scope)) {
      own.delete(key);
      own.add(key);
    }
    for (const oldest of own) {
      if (own.size <= MAX_REVOCATIONS) break;
      own.delete(oldest);
    }
  }

  /** Of how many it keeps any. */
  get sayers(): number {
    return this.#revoked.size;
  }

  /**
   * Whether this must not start. What is only asked about, or to be killed, does not start anyhow.
   * @param host where it runs
   */
  has(task: WorkloadTask | undefined, host?: string): boolean {
    if (task === undefined || (task.order ?? "run") !== "run") return false;
    const job = keyOf(task, task.job);
    const keys = [keyOf(task), job, ...stageIds(task, host).map((stage) => `${job}/${stage}`)];
    return [...this.#revoked.values()].some((own) => keys.some((key) => own.has(key)));
  }
}

/** What is more than can be kept, stage by stage or job by job, is held back as a whole: of its own run, nobody else's. */
function keysOf(scope: Scope): readonly string[] {
  const { jobs, stages } = scope;
  if (jobs === undefined || jobs.length > MAX_REVOCATIONS) return [keyOf(scope)];
  const ofJobs = jobs.map((job) => keyOf(scope, job));
  return stages === undefined || jobs.length * stages.length > MAX_REVOCATIONS
    ? ofJobs
    : ofJobs.flatMap((job) => stages.map((stage) => `${job}/${stage}`));
}

/** Whether a scope names this task. */
export function covers(scope: Scope, task: WorkloadTask, host?: string): boolean {
  return (
    scope.run === task.run &&
    scope.client === task.client &&
    (scope.jobs === undefined || scope.jobs.includes(task.job)) &&
    (scope.stages === undefined || stageIds(task, host).some((stage) => scope.stages?.includes(stage)))
  );
}

/** As what a scope may name its stage: wherever that runs, or there. */
function stageIds({ stage }: WorkloadTask, host: string | undefined): readonly string[] {
  return stage === undefined ? [] : [stage, stageId({ stage, at: host })];
}

function keyOf(scope: { run: string; client: string }, job?: string): string {
  return `${scope.run}/${scope.client}${job === undefined ? "" : `/${job}`}`;
}
