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

/** What a leaf has of a workload, beside the work. */
type LeafFields = Pick<
  WrittenWorkload,
  "host" | "address" | "port" | "user" | "transport" | "env" | "secretParams"
> & { readonly task?: Pick<WorkloadTask, "slot" | "job" | "stage" | "target" | "gate"> | undefined };

/** SHA-256 of what is done on a host, hex: a script is the same for all hosts of a job. */
export function workDigest(work: Readonly<Partial<Record<keyof Work, unknown>>>): string {
  const fields = workFieldNames.filter((name) => name !== "env").map((name) => [name, work[name]]);
  return createHash("sha256")
    .update(sortedJson(Object.fromEntries(fields)))
    .digest("hex");
}

/** @param work the digest of its work */
export function taskLeaf(workload: LeafFields, { attempts, taken = {} }: LeafTerms, work: string): string {
  const { host, address, port, user, transport, task, env = {}, secretParams } = workload;
  const { slot, job, stage, target, gate } = task ?? {};
  return sortedJson({
    kind: "task",
    ...{ host, address, port, user, transport },
    task: { slot, job, stage, target, gate },
    env: Object.keys(taken).length === 0 ? env : without(env, taken),
    taken,
    secrets: secretParams === undefined ? [] : Object.keys(secretParams).toSorted(),
    attempts,
    work,
  });
}

function without(env: Readonly<Record<string, string>>, taken: Taken): object {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !Object.hasOwn(taken, name)));
}

/** Of what a gate asks of no host. */
export function questionLeaf({ gate, timeoutMs, prometheus, http }: GateQuestion): string {
  const { name, slot, job } = gate;
  return sortedJson({ kind: "question", gate: { name, slot, job }, timeoutMs, prometheus, http });
}
