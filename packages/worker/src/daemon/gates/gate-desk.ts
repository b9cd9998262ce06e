import {
  defined,
  fail,
  succeed,
  WIRE_VERSION,
  type GateFinding,
  type GateQuestion,
  type Result,
} from "@roadrunner/core";
import { openEnvelope } from "@roadrunner/core/signing";
import type { Admitted } from "../../authority/authority.ts";
import { ownerOf, personOf } from "../../authority/owner.ts";
import { loggedOfRefused, type Refusal } from "../../authority/refusal.ts";
import { askGate } from "../../gates/ask-gate.ts";
import type { GateUrls } from "../../gates/gate-urls.ts";
import type { UrlAsk } from "../../gates/ask-url.ts";
import { none, type Reading } from "../../gates/prometheus-answer.ts";
import type { SharedParts } from "../shared-parts.ts";
import { readSecret } from "../task/secrets.ts";
import { learn } from "../task/whose-run.ts";

/** One ask holds one of few places: no answer is waited for longer than this, whatever the question says. */
const MAX_ASK_MS = 300_000;

/** A gate's question as the job server gave it. */
export interface GateJob {
  readonly functionName: string;
  readonly unique: string;
  readonly text: Result<string, Refusal>;
}

type Shared = Pick<
  SharedParts,
  "workerId" | "epochs" | "authority" | "audit" | "secretsDir" | "log" | "observer"
>;

/** Answers each question about the site with one finding. */
export class GateDesk {
  readonly #shared: Shared;
  readonly #allowed: GateUrls;
  readonly #asks = new Set<AbortController>();

  constructor(shared: Shared, allowed: GateUrls) {
    this.#shared = shared;
    this.#allowed = allowed;
  }

  async answer(job: GateJob): Promise<GateFinding> {
    const { functionName, unique } = job;
    const { audit, log, observer, workerId } = this.#shared;
    const admitted = this.#admit(job);
    const { signer } = admitted.ok ? admitted.value : admitted.error;
    const claimed = admitted.ok ? undefined : admitted.error.claimed;
    const question = admitted.ok ? admitted.value.value : admitted.error.question;
    if (!admitted.ok)
      log.warn("refused a gate's question", {
        reason: admitted.error.reason,
        ...loggedOfRefused(admitted.error),
      });
    const reading = admitted.ok
      ? await this.#ask(admitted.value.value)
      : none(`refused: ${admitted.error.reason}`);
    const finding = {
      v: WIRE_VERSION,
      worker: workerId,
      reading,
      ...defined({ submission: question?.gate.submission }),
    } as const;
    observer.gateAsked(reading.kind);
    const entry = { functionName, unique, finding, refused: !admitted.ok, question, signer, claimed };
    audit?.writeGate(entry, new Date());
    return finding;
  }

  /** Ends what is being asked: the worker leaves. */
  leave(): void {
    for (const ask of this.#asks) ask.abort("before this worker had to leave");
  }

  #admit({ text, functionName, unique }: GateJob): Result<Admitted<GateQuestion>, Refusal> {
    if (!text.ok) return text;
    const { authority, audit } = this.#shared;
    const unready = audit?.ready();
    if (unready !== undefined) return fail({ reason: unready, blame: "worker" });
    const admitted = authority.gate({ text: text.value, functionName, unique }, Date.now());
    return admitted.ok ? this.#ofItsOwner(admitted.value) : admitted;
  }

  #ofItsOwner(admitted: Admitted<GateQuestion>): Result<Admitted<GateQuestion>, Refusal> {
    const { value: question, signer } = admitted;
    const owner = signer && ownerOf(signer);
    learn(this.#shared, question.gate, defined({ owner, person: signer && personOf(signer) }));
    const refusal = this.#shared.epochs.refusal(question.gate, owner, Date.now());
    if (refusal === undefined) return succeed(admitted);
    return fail({ reason: refusal.reason, blame: "submission", question, ...defined({ signer }) });
  }

  async #ask(question: GateQuestion): Promise<Reading> {
    const token = await this.#token((question.prometheus ?? question.http)?.token);
    if (!token.ok) return none(token.error);
    const limitMs = Math.min(question.timeoutMs, MAX_ASK_MS);
    const ask = new AbortController();
    const timer = setTimeout(() => ask.abort(`within ${limitMs / 1000} s`), limitMs);
    this.#asks.add(ask);
    try {
      return await askGate(question, {
        allowed: this.#allowed,
        signal: ask.signal,
        ...defined({ token: token.value }),
      });
    } finally {
      clearTimeout(timer);
      this.#asks.delete(ask);
    }
  }

  async #token(name: string | undefined): Promise<Result<UrlAsk["token"], string>> {
    if (name === undefined) return succeed(undefined);
    const secret = await readSecret(this.#shared.secretsDir, name);
    if (!secret.ok) return fail(secret.error.reason);
    if (/^[\x21-\x7e]+$/.test(secret.value)) return succeed({ name, value: secret.value });
    return fail(`secret ${name}: it is no bearer token: one line of ASCII without spaces`);
  }
}

/** Whether a message means to be a question and no workload, by its form; who sent it is not asked here. */
export function isGateQuestion(text: string): boolean {
  const envelope = openEnvelope(text);
  try {
    const json: unknown = JSON.parse(envelope?.ok === true ? envelope.value.body : text);
    return typeof json === "object" && json !== null && "gate" in json;
  } catch {
    return false;
  }
}
