import { succeed, type GateRef, type Result, type RunPlan, type TaskRef } from "@roadrunner/core";
import {
  readPlan,
  readSignature,
  subjectOf,
  type PlanBody,
  type PlanProof,
  type SignedText,
} from "@roadrunner/core/signing";
import { planDigest } from "../protect/run-signer.ts";
import { keyIn, operatorIn } from "./operator-in.ts";
import { PlanTree } from "./plan-tree.ts";

export interface OpenFor {
  readonly run: string;
  readonly plan: RunPlan;
  /** `SHA256:…` */
  readonly carrier: string;
  /** Of the same plan; a tree that fits is taken from there, since a large one takes seconds to make. */
  readonly known?: readonly CarriedPlan[];
}

/** Why a signed plan is of no use to whoever carries the run. */
export interface CarriedFault {
  /** A sentence. */
  readonly reason: string;
  /** No operator signed this of this run: it, or the plan, is not what it was. */
  readonly isChanged: boolean;
}

/** What whoever carries a run has of one operator's word on its plan. */
export class CarriedPlan {
  readonly signed: SignedText;
  readonly body: PlanBody;
  /** Whose it is: see `operatorIn`. */
  readonly operator: string;
  readonly #tree: PlanTree;

  private constructor(signed: SignedText, body: PlanBody, tree: PlanTree) {
    this.signed = signed;
    this.body = body;
    this.operator = operatorIn(signed);
    this.#tree = tree;
  }

  /**
   * Whether it is the word on this plan, for whoever has this key, is asked here; whether its signer may is for workers
   * to say.
   */
  static async open(
    signed: SignedText,
    { run, plan, carrier, known = [] }: OpenFor,
  ): Promise<Result<CarriedPlan, CarriedFault>> {
    const read = readPlan(signed, () => succeed(undefined));
    if (!read.ok) return changed(read.error);
    const { body } = read.value;
    if (body.run !== run) return changed(`its signed plan is of run ${body.run}`);
    if (body.plan !== planDigest(plan)) return changed("its signed plan is of another plan");
    if (!body.carriers.includes(carrier))
      return unfit(
        `its signed plan lets other coordinators carry the run, and not this one (its key is ${carrier})`,
      );
    const same = known.find((other) => other.body.root === body.root && other.body.leaves === body.leaves);
    const tree = same === undefined ? await PlanTree.of(plan, body.pastAttempts) : same.#tree;
    return body.root === tree.root && body.leaves === tree.leaves && body.pastAttempts === tree.pastAttempts
      ? succeed(new CarriedPlan(signed, body, tree))
      : unfit(
          "its signed plan was made by a version that signs other things of a plan: rr-submit and rr-coordinator must be of one version",
        );
  }

  /** The key that signed, `SHA256:…`. */
  get key(): string {
    return keyIn(this.signed);
  }

  /** Until when tasks start by it, milliseconds since the epoch. */
  get notAfterMs(): number {
    return this.body.notAfterMs;
  }

  get signedBy(): string {
    const signature = readSignature(this.signed.signature);
    const subject = signature.ok ? subjectOf(signature.value).replace(/^the /, "") : "?";
    const { principal } = this.body;
    return principal === undefined ? subject : `${principal}, ${subject}`;
  }

  proofOf(subject: TaskRef | GateRef): PlanProof {
    return this.#tree.proofOf(subject);
  }
}

function changed(reason: string): Result<never, CarriedFault> {
  return { ok: false, error: { reason, isChanged: true } };
}

/** It holds, and somebody has to sign another one. */
function unfit(reason: string): Result<never, CarriedFault> {
  return { ok: false, error: { reason, isChanged: false } };
}
