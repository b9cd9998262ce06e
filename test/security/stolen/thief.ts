import { generateKeyPairSync, randomBytes } from "node:crypto";
import { gateAt, gateId, jobAt, namesOf, slotNumber, taskId, uniqueOf } from "@roadrunner/core";
import type { GateQuestion, GateRef, RunPlan, TaskRef, WrittenWorkload } from "@roadrunner/core";
import {
  keyOf,
  signCertificate,
  signMessage,
  type MessageKind,
  type OperatorKey,
  type PlanProof,
  type SignedText,
} from "@roadrunner/core/signing";
import { planDigest, PlanTree } from "@roadrunner/engine";
import { questionOf, workloadOfCheck } from "../../../packages/engine/src/gates/asked-of.ts";
import { workloadOf } from "../../../packages/engine/src/traffic/workload-of.ts";

/** What somebody has who has taken a coordinator's box: its key, and what its store says of a run. */
export interface Stolen {
  readonly key: OperatorKey;
  readonly run: string;
  readonly plan: RunPlan;
  readonly signed: SignedText;
}

/** What he makes of a message before he signs it. */
export interface Changed<Body> {
  readonly body?: (body: Body) => unknown;
  /** The text itself, where JSON has several for the same. */
  readonly text?: (text: string) => string;
  readonly proof?: (proof: PlanProof) => PlanProof | undefined;
  /** In place of what the operator signed; null: nothing. */
  readonly signed?: SignedText | null;
  readonly run?: string;
  readonly digest?: string;
  readonly by?: OperatorKey;
  readonly kind?: MessageKind;
  readonly functionName?: string;
}

export interface Message {
  readonly functionName: string;
  readonly unique: string;
  readonly text: string;
}

/** Writes by a program of his own what a coordinator would, and changes it. */
export class Thief {
  readonly stolen: Stolen;
  readonly #tree: PlanTree;

  private constructor(stolen: Stolen, tree: PlanTree) {
    this.stolen = stolen;
    this.#tree = tree;
  }

  /** @param pastAttempts as they were signed */
  static async with(stolen: Stolen, pastAttempts = 0): Promise<Thief> {
    return new Thief(stolen, await PlanTree.of(stolen.plan, pastAttempts));
  }

  proofOf(ref: TaskRef | GateRef): PlanProof {
    return this.#tree.proofOf(ref);
  }

  /** @param taken values of outputs, where the plan takes some */
  async task(
    ref: TaskRef,
    changed: Changed<WrittenWorkload> = {},
    taken: Readonly<Record<string, string>> = {},
  ): Promise<Message> {
    const { plan, run } = this.stolen;
    const submission = {
      run,
      client: "c-thief",
      nonce: fresh(),
      live: false,
      lostTimeoutMs: 0,
      taken,
      stamp: stamp(),
    };
    const secrets = Object.fromEntries((plan.secretParams ?? []).map((name) => [name, "his"]));
    const given = plan.secretParams === undefined ? {} : { secrets };
    return this.#taskMessage("rr-run", workloadOf(plan, ref, { ...submission, ...given }), ref, changed);
  }

  /** What a gate asks of a host. */
  async check(ref: GateRef, changed: Changed<WrittenWorkload> = {}): Promise<Message> {
    const { plan } = this.stolen;
    const gate = gateAt(plan, ref);
    if (gate.check === undefined) throw new Error(`${gate.name} asks no host`);
    const of = { ...this.#of(ref), attempt: 1 };
    const workload = workloadOfCheck(gate, gate.check, of, undefined);
    return this.#taskMessage("rr-gate", workload, ref, changed);
  }

  async question(ref: GateRef, changed: Changed<GateQuestion> = {}): Promise<Message> {
    const question = questionOf(gateAt(this.stolen.plan, ref), { ...this.#of(ref), ask: 1 });
    const body = (changed.body?.(question) ?? question) as GateQuestion;
    const unique = uniqueOf(keyOf(gateId(body.gate)), body.gate.submission);
    return this.#message("gate", { function: "rr-gate", unique }, body, this.proofOf(ref), changed);
  }

  async control(worker: string, body: object, changed: Changed<object> = {}): Promise<Message> {
    const to = { function: `rr-control.${worker}`, unique: `control-${fresh()}` };
    return this.#message("control", to, { v: 1, client: "c-thief", ...body }, undefined, changed);
  }

  #of(ref: GateRef) {
    const { plan, run } = this.stolen;
    const [slot, job] = [slotNumber(plan, ref), jobAt(plan, ref).name];
    return { run, slot, job, client: "c-thief", submission: fresh(), ...stamp() };
  }

  async #taskMessage(
    functionName: string,
    workload: WrittenWorkload,
    ref: TaskRef | GateRef,
    changed: Changed<WrittenWorkload>,
  ): Promise<Message> {
    const body = (changed.body?.(workload) ?? workload) as WrittenWorkload;
    const { task, host } = body;
    // What names no task has no unique of its own.
    const unique =
      task === undefined ? fresh() : uniqueOf(keyOf(taskId(namesOf(task, host))), task.submission);
    return this.#message("task", { function: functionName, unique }, body, this.proofOf(ref), changed);
  }

  async #message(
    usual: MessageKind,
    place: { readonly function: string; readonly unique: string },
    body: object,
    shown: PlanProof | undefined,
    changed: Omit<Changed<never>, "body">,
  ): Promise<Message> {
    const { key, run, plan, signed } = this.stolen;
    const { kind = usual, functionName = place.function } = changed;
    const to = { ...place, function: functionName };
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const of = { run: changed.run ?? run, plan: changed.digest ?? planDigest(plan) };
    const certificate = await signCertificate(changed.by ?? key, of, publicKey, Date.now());
    if (!certificate.ok) throw new Error(certificate.error);
    const signer = { key: privateKey, certificate: certificate.value };
    const proof = shown && (changed.proof === undefined ? shown : changed.proof(shown));
    const operators = changed.signed === undefined ? signed : changed.signed;
    const planned =
      operators === null ? undefined : { plan: operators, ...(proof === undefined ? {} : { proof }) };
    const text = JSON.stringify(body);
    const told = changed.text?.(text) ?? text;
    return {
      functionName: to.function,
      unique: to.unique,
      text: signMessage(kind, to, told, signer, Date.now(), planned),
    };
  }
}

/** As its owner's that carried the run last. */
function stamp(): { readonly epoch: number; readonly notAfterMs: number } {
  return { epoch: 1, notAfterMs: Date.now() + 60_000 };
}

function fresh(): string {
  return randomBytes(6).toString("hex");
}
