import * as z from "zod";
import { parseJson } from "../../parse-json.ts";
import type { GateQuestion } from "../../contract/gate-messages.ts";
import type { WrittenWorkload } from "../../contract/workload.ts";
import { environmentName } from "../../work/field-types.ts";
import { questionLeaf, taskLeaf, workDigest, type LeafTerms } from "./leaf.ts";
import { isIncluded } from "./merkle.ts";
import type { PlanBody } from "./signed-plan.ts";

const name = z.string().min(1).max(255);

/** That a task, or a gate's question, is in a signed plan. */
export const proofSchema = z.strictObject({
  /** Of its leaf, from 0. */
  index: z.number().int().min(0),
  /** Hashes of 32 bytes, one behind the other, base64: lowest first. */
  path: z.string().max(4096),
  attempts: z.number().int().min(1).optional(),
  taken: z
    .record(environmentName, z.strictObject({ from: name, name }))
    .readonly()
    .optional(),
});
export type PlanProof = z.output<typeof proofSchema>;

/** Why a workload, by its text, is not in the signed plan. */
export function taskPlanFault(
  text: string,
  proof: PlanProof | undefined,
  plan: PlanBody,
): string | undefined {
  if (proof === undefined) return "it does not say where it stands in the signed plan";
  const workload = parseJson(text) as WrittenWorkload;
  const { task, env = {} } = workload;
  const { attempts, taken = {} } = proof;
  const absent = Object.keys(taken).find((variable) => !Object.hasOwn(env, variable));
  if (absent !== undefined) return `${absent}, an output of an earlier job, is not among its variables`;
  if (!isInPlan(taskLeaf(workload, { attempts, taken }, workDigest(workload)), proof, plan))
    return NOT_SIGNED;
  // An ask of a gate is one of many.
  if (attempts === undefined || task === undefined || task.attempt <= attempts) return undefined;
  return `attempt ${task.attempt} is more than the ${attempts} that the operator signed`;
}

/** Why a gate's question is not in the signed plan. */
export function questionPlanFault(
  question: GateQuestion,
  proof: PlanProof | undefined,
  plan: PlanBody,
): string | undefined {
  if (proof === undefined) return "it does not say where it stands in the signed plan";
  return isInPlan(questionLeaf(question), proof, plan) ? undefined : NOT_SIGNED;
}

const NOT_SIGNED = "it is not in the plan that the operator signed: it was altered, or added";

function isInPlan(leaf: string, { index, path }: PlanProof, { root, leaves }: PlanBody): boolean {
  const inclusion = { index, path: Buffer.from(path, "base64") };
  return isIncluded(leaf, inclusion, { root: Buffer.from(root, "hex"), size: leaves });
}

/** What travels with a task: the terms of its leaf, and the path to the root. */
export function proofOf(index: number, path: Buffer, { attempts, taken }: LeafTerms): PlanProof {
  return {
    index,
    path: path.toString("base64"),
    ...(attempts === undefined ? {} : { attempts }),
    ...(taken === undefined || Object.keys(taken).length === 0 ? {} : { taken }),
  };
}
