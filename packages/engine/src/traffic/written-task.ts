import { randomBytes } from "node:crypto";
import { defined, workAt, taskId, taskNames, uniqueOf, type TaskRef } from "@roadrunner/core";
import { keyOf } from "@roadrunner/core/signing";
import { inFlightOf, type InFlight } from "./in-flight.ts";
import { nonce } from "../run-id.ts";
import type { TrafficOptions } from "./traffic-options.ts";
import type { Owed } from "./unheard.ts";
import { workloadOf, type Submission } from "./workload-of.ts";

interface Asked extends Pick<Submission, "again" | "order" | "taken">, Pick<Owed, "silentBefore"> {
  readonly functionName: string;
  /** By whose word on the plan; absent: by that of the one that counts now. */
  readonly operator: string | undefined;
}

/** A fresh submission of a task, signed and sealed as the run's are; nothing of it is sent yet. */
export function writtenTask(
  { plan, run, client, live, lostTimeoutMs, secrets, wrapping, keepOutputBytes, tenure }: TrafficOptions,
  task: TaskRef,
  { functionName, again, order, silentBefore, taken, operator }: Asked,
): { readonly entry: InFlight; readonly unique: string; readonly workload: string } {
  const fresh = nonce(8, randomBytes);
  const names = taskNames(plan, task);
  const work = workAt(plan, task);
  const stamp = tenure?.stamp();
  const submitted = { run, client, nonce: fresh, live, lostTimeoutMs, secrets, again, order, taken, stamp };
  const body = JSON.stringify(workloadOf(plan, task, submitted));
  const unique = uniqueOf(keyOf(taskId({ run, ...names })), fresh);
  const wrapped = wrapping.wrap("task", { function: functionName, unique }, body, task, operator);
  const submission = {
    host: names.at ?? names.host,
    functionName,
    nonce: fresh,
    ends: work,
    again: again !== undefined,
    submittedAtMs: performance.now(),
    wrapped,
    ...defined({ notAfterMs: stamp?.notAfterMs }),
    keepOutputBytes,
  };
  const owed = { connectTimeoutMs: work.connectTimeoutMs, lostTimeoutMs, order, silentBefore };
  return { entry: inFlightOf(task, submission, owed), unique, workload: wrapped.text };
}
