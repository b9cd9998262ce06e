import { createHash } from "node:crypto";
import type { GateQuestion } from "../../contract/gate-messages.ts";
import type { WorkloadTask, WrittenWorkload } from "../../contract/workload.ts";
import { sortedJson } from "../../work/sorted-json.ts";
import { workFieldNames, type Work } from "../../work/work.ts";

/**
 * What an operator signs of one task: all that says what runs where, as whom and how often. The same text is made from
 * the plan by whoever signs it, and from the workload as it came by the worker.
 */

/** Where the value of a variable comes from, that is an output: a job and a name. */
export type Taken = Readonly<Record<string, { readonly from: string; readonly name: string }>>;

/** What the operator signs of a task that its workload does not say. */
export interface LeafTerms {
  /** The highest attempt; absent: any (an ask of a gate). */
  readonly attempts?: number | undefined;
  /** Variables whose values are outputs of earlier jobs: what they hold is not signed, and where it comes from is. */
  readonly taken?: Taken | undefined;
}

type Signed = "signed" | "free";

/** Each field of a workload, whether it is signed. `free`: it cannot change what runs where. */
const WORKLOAD = {
  v: "free",
  host: "signed",
  address: "signed",
  port: "signed",
  user: "signed",
  transport: "signed",
  env: "signed",
  // Their names are; the values are no part of the plan.
  secretParams: "signed",
  lostTimeoutMs: "free",
  startWithinMs: "free",
  live: "free",
  task: "signed",
} as const satisfies Record<Exclude<keyof WrittenWorkload, Exclude<keyof Work, "env">>, Signed>;

/** The run is that of the signed plan, and an attempt is at most the highest one. */
const TASK = {
  run: "free",
  slot: "signed",
  job: "signed",
  stage: "signed",
  target: "signed",
  gate: "signed",
  attempt: "free",
  client: "free",
  submission: "free",
  again: "free",
  order: "free",
  epoch: "free",
  notAfterMs: "free",
} as const satisfies Record<keyof WorkloadTask, Signed>;

const SIGNED_FIELDS = namesOf(WORKLOAD).filter(
  (name) => name !== "env" && name !== "secretParams" && name !== "task",
);
const SIGNED_OF_TASK = namesOf(TASK);

function namesOf<Name extends string>(fields: Readonly<Record<Name, Signed>>): readonly Name[] {
  return (Object.keys(fields) as Name[]).filter((name) => fields[name] === "signed");
}

/** SHA-256 of what is done on a host, hex: a script is the same for all hosts of a job. */
export function workDigest(work: Readonly<Partial<Record<keyof Work, unknown>>>): string {
  const fields = workFieldNames.filter((name) => name !== "env").map((name) => [name, work[name]]);
  return createHash("sha256")
    .update(sortedJson(Object.fromEntries(fields)))
    .digest("hex");
}

/** @param work the digest of its work, where that is known already */
export function taskLeaf(
  workload: WrittenWorkload,
  { attempts, taken = {} }: LeafTerms,
  work = workDigest(workload),
): string {
  const { task, env = {}, secretParams = {} } = workload;
  const variables = Object.entries(env).filter(([name]) => !Object.hasOwn(taken, name));
  const secrets = Object.keys(secretParams).toSorted();
  return sortedJson({
    kind: "task",
    ...only(workload, SIGNED_FIELDS),
    task: task === undefined ? {} : only(task, SIGNED_OF_TASK),
    env: Object.fromEntries(variables),
    taken,
    secrets,
    attempts,
    work,
  });
}

/** Of what a gate asks of no host. */
export function questionLeaf({ gate, timeoutMs, prometheus, http }: GateQuestion): string {
  const { name, slot, job } = gate;
  return sortedJson({ kind: "question", gate: { name, slot, job }, timeoutMs, prometheus, http });
}

function only<T extends object>(fields: T, names: readonly (keyof T & string)[]): object {
  return Object.fromEntries(names.map((name) => [name, fields[name]]));
}
