import {
  gateAt,
  jobAt,
  retriesOf,
  slotNumber,
  workAt,
  type GateRef,
  type JobPlan,
  type JobWork,
  type RunPlan,
  type TaskRef,
} from "@roadrunner/core";
import {
  MerkleTree,
  proofOf,
  questionLeaf,
  taskLeaf,
  workDigest,
  type LeafTerms,
  type PlanProof,
} from "@roadrunner/core/signing";
import { questionOf, workloadOfCheck } from "../gates/asked-of.ts";
import { placeOf } from "../traffic/workload-of.ts";

/** Of a submission: nothing of it is signed. */
const NO_SUBMISSION = { run: "", client: "", submission: "" };

/** All that a plan may have run, in one order: of each job the tasks, stage by stage, then what its gates ask. */
export class PlanTree {
  readonly #plan: RunPlan;
  /** Attempts that there had been when it was signed. */
  readonly pastAttempts: number;
  readonly #tree: MerkleTree;
  /** Of each run of leaves the first one. */
  readonly #first: ReadonlyMap<string, number>;

  private constructor(
    plan: RunPlan,
    pastAttempts: number,
    tree: MerkleTree,
    first: ReadonlyMap<string, number>,
  ) {
    this.#plan = plan;
    this.pastAttempts = pastAttempts;
    this.#tree = tree;
    this.#first = first;
  }

  /** @param pastAttempts attempts that there have been: the plan's retries count from there */
  static async of(plan: RunPlan, pastAttempts: number): Promise<PlanTree> {
    const first = new Map<string, number>();
    const tree = await MerkleTree.of(leavesOf(plan, pastAttempts, (key, index) => first.set(key, index)));
    return new PlanTree(plan, pastAttempts, tree, first);
  }

  /** Hex. */
  get root(): string {
    return this.#tree.root.toString("hex");
  }

  get leaves(): number {
    return this.#tree.size;
  }

  proofOf(subject: TaskRef | GateRef): PlanProof {
    const first = this.#first.get(keyOf(subject));
    if (first === undefined) throw new Error(`bug: the signed plan has no ${keyOf(subject)}`);
    if ("gate" in subject) return proofOf(first, this.#tree.path(first), {});
    const index = first + subject.host;
    return proofOf(
      index,
      this.#tree.path(index),
      termsOf(jobAt(this.#plan, subject), subject, this.pastAttempts),
    );
  }
}

function keyOf(subject: Omit<TaskRef, "attempt" | "host"> | GateRef): string {
  const { phase, slot, job } = subject;
  const which = "gate" in subject ? `gate ${subject.gate}` : `stage ${subject.stage ?? "-"}`;
  return `${phase} ${slot} ${job} ${which}`;
}

function* leavesOf(
  plan: RunPlan,
  pastAttempts: number,
  onFirst: (key: string, index: number) => void,
): Generator<string> {
  const secrets = Object.fromEntries((plan.secretParams ?? []).map((name) => [name, ""]));
  const digests = new WeakMap<JobWork, string>();
  let index = 0;
  for (const phase of ["slots", "finally"] as const)
    for (const [slot, { jobs }] of plan[phase].entries())
      for (const [number, job] of jobs.entries()) {
        const at = { phase, slot, job: number };
        for (const stage of job.stages === undefined ? [undefined] : job.stages.keys()) {
          const ofStage = stage === undefined ? at : { ...at, stage };
          onFirst(keyOf(ofStage), index);
          for (const host of job.hosts.keys()) {
            yield leafOf(plan, { ...ofStage, host, attempt: 1 }, { pastAttempts, secrets, digests });
            index += 1;
          }
        }
        for (const gate of (job.gates ?? []).keys()) {
          onFirst(keyOf({ ...at, gate }), index);
          yield gateLeaf(plan, { ...at, gate }, secrets);
          index += 1;
        }
      }
}

interface Leaves {
  readonly pastAttempts: number;
  readonly secrets: Readonly<Record<string, string>>;
  readonly digests: WeakMap<JobWork, string>;
}

function leafOf(plan: RunPlan, task: TaskRef, { pastAttempts, secrets, digests }: Leaves): string {
  const work = workAt(plan, task);
  let digest = digests.get(work);
  if (digest === undefined) digests.set(work, (digest = workDigest(work)));
  const leaf = { ...placeOf(plan, task), secretParams: secrets };
  return taskLeaf(leaf, termsOf(jobAt(plan, task), task, pastAttempts), digest);
}

function termsOf(job: JobPlan, { stage }: Pick<TaskRef, "stage">, pastAttempts: number): LeafTerms {
  return { attempts: pastAttempts + 1 + retriesOf(job, stage).retries, taken: job.envFrom };
}

function gateLeaf(plan: RunPlan, ref: GateRef, secrets: Readonly<Record<string, string>>): string {
  const gate = gateAt(plan, ref);
  const of = { ...NO_SUBMISSION, slot: slotNumber(plan, ref), job: jobAt(plan, ref).name };
  const { check } = gate;
  if (check === undefined) return questionLeaf(questionOf(gate, { ...of, ask: 1 }));
  const workload = workloadOfCheck(gate, check, { ...of, attempt: 1 }, secrets);
  return taskLeaf(workload, {}, workDigest(workload));
}
