import { fail, succeed, type GateRef, type Result, type RunPlan, type TaskRef } from "@roadrunner/core";
import {
  planBodyOf,
  readSignature,
  subjectOf,
  type PlanBody,
  type Planned,
  type SignedText,
} from "@roadrunner/core/signing";
import type { CarriedFor } from "../protect/carried-for.ts";
import { planDigest } from "../protect/run-signer.ts";
import { PlanTree } from "./plan-tree.ts";

const LOOK_EVERY_MS = 1000;
/** It is told when this part of the time is left. */
const TELL_PARTS = 6;

/** What whoever carries a run has of the operator's word on its plan. */
export class CarriedPlan implements CarriedFor {
  #signed: SignedText;
  #body: PlanBody;
  #tree: PlanTree;

  private constructor(signed: SignedText, body: PlanBody, tree: PlanTree) {
    this.#signed = signed;
    this.#body = body;
    this.#tree = tree;
  }

  /**
   * Whether it is the word on this plan, for whoever has this key, is asked here; whether its signer may is for workers
   * to say. The error completes "the signed plan …".
   * @param carrier `SHA256:…`
   */
  static async open(
    signed: SignedText,
    { run, plan, carrier }: { readonly run: string; readonly plan: RunPlan; readonly carrier: string },
  ): Promise<Result<CarriedPlan, string>> {
    const body = planBodyOf(signed);
    if (body === undefined) return fail("is not one that this version reads");
    if (body.run !== run) return fail(`is of run ${body.run}`);
    if (body.plan !== planDigest(plan)) return fail("is of another plan");
    if (!body.carriers.includes(carrier))
      return fail(`lets other coordinators carry the run, and not this one (its key is ${carrier})`);
    const tree = await PlanTree.of(plan, body.pastAttempts);
    return body.root === tree.root && body.leaves === tree.leaves
      ? succeed(new CarriedPlan(signed, body, tree))
      : fail(
          "was made by a version that signs other things of a plan: rr-submit and rr-coordinator must be of one version",
        );
  }

  /** Until when tasks start by it, milliseconds since the epoch. */
  get notAfterMs(): number {
    return this.#body.notAfterMs;
  }

  get signedBy(): string {
    const signature = readSignature(this.#signed.signature);
    const subject = signature.ok ? subjectOf(signature.value).replace(/^the /, "") : "?";
    const { principal } = this.#body;
    return principal === undefined ? subject : `${principal}, ${subject}`;
  }

  planned(subject?: TaskRef | GateRef): Planned {
    const plan = this.#signed;
    return subject === undefined ? { plan } : { plan, proof: this.#tree.proofOf(subject) };
  }

  watch(onWarning: (text: string) => void): () => void {
    let told = "";
    const look = (): void => {
      const text = warningOf(this.#body, Date.now());
      if (text !== undefined && text !== told) onWarning(text);
      told = text ?? "";
    };
    const timer = setInterval(look, LOOK_EVERY_MS);
    timer.unref();
    return () => clearInterval(timer);
  }

  /** From now on that one counts: it was signed anew. */
  replaceWith(newer: CarriedPlan): void {
    this.#signed = newer.#signed;
    this.#body = newer.#body;
    this.#tree = newer.#tree;
  }
}

/** What its operator is told of the time that is left; undefined: there is enough. */
function warningOf({ run, issuedMs, notAfterMs }: PlanBody, nowMs: number): string | undefined {
  const until = new Date(notAfterMs).toISOString();
  const cure = `sign it anew: rr-submit sign ${run}`;
  if (nowMs >= notAfterMs) return `the run holds: its operator signed its plan until ${until}; ${cure}`;
  const left = notAfterMs - nowMs;
  return left <= (notAfterMs - issuedMs) / TELL_PARTS && left >= LOOK_EVERY_MS
    ? `from ${until} on nothing more of the run starts: until then its operator signed its plan; ${cure}`
    : undefined;
}
