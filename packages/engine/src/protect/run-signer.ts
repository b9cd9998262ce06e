import { createHash, generateKeyPairSync, type KeyObject } from "node:crypto";
import { fail, defined, succeed, type Result, type RunPlan } from "@roadrunner/core";
import {
  MESSAGE_LIFE_MS,
  fingerprintOf,
  readKeyOrCertificate,
  signCertificate,
  signMessage,
  subjectOf,
  type MessageKind,
  type OperatorKey,
  type Planned,
  type SignedText,
} from "@roadrunner/core/signing";
import { isNearItsEnd, isRenewalDue, servesUntilMs, wouldServeLonger, type Serving } from "./renewal.ts";

/** Certificates of operators may be for minutes. */
const LOOK_EVERY_MS = 60_000;

export interface SigningRun {
  readonly operator: OperatorKey;
  readonly run: string;
  readonly plan: RunPlan;
  /** Whom the operator signs as, where allowed_signers leaves that open. */
  readonly principal?: string | undefined;
}

interface Vouched extends Serving {
  readonly key: KeyObject;
  readonly certificate: SignedText;
}

/** SHA-256 of the plan's JSON text, hex. */
export function planDigest(plan: RunPlan): string {
  return createHash("sha256").update(JSON.stringify(plan)).digest("hex");
}

/**
 * Signs what a run says to workers, with a fresh key that is never written down. The operator's key vouches for it
 * once, and again while a run goes on for more than half a day, or half the time of the operator's own certificate.
 */
export class RunSigner {
  readonly #run: SigningRun;
  #vouched: Vouched;
  #timer: NodeJS.Timeout | undefined;
  #triedMs: number | undefined;
  #isRenewing = false;
  #isToldOfEnd = false;

  private constructor(run: SigningRun, vouched: Vouched) {
    this.#run = run;
    this.#vouched = vouched;
  }

  /** Has the operator's key sign; the error is the text for the operator. */
  static async create(run: SigningRun): Promise<Result<RunSigner, string>> {
    const vouched = await vouch(run);
    return vouched.ok ? succeed(new RunSigner(run, vouched.value)) : vouched;
  }

  /** Who vouches for the run: the operator's key or certificate, and as whom. */
  get signedBy(): string {
    const { operator, principal } = this.#run;
    const read = readKeyOrCertificate(operator.publicBlob);
    const subject = read.ok
      ? subjectOf(read.value).replace(/^the /, "")
      : `key ${fingerprintOf(operator.publicBlob)}`;
    return principal === undefined ? subject : `${principal}, ${subject}`;
  }

  /** Renews the certificate as long as the run goes on. */
  start(onWarning: (text: string) => void): void {
    this.#timer = setInterval(() => void this.#renew(onWarning), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** The signed message, and until when it may be taken, milliseconds since the epoch. */
  sign(
    kind: MessageKind,
    to: { readonly function: string; readonly unique: string },
    body: string,
    planned?: Planned,
  ): { readonly text: string; readonly notAfterMs: number } {
    const nowMs = Date.now();
    return {
      text: signMessage(kind, to, body, this.#vouched, nowMs, planned),
      notAfterMs: nowMs + MESSAGE_LIFE_MS,
    };
  }

  async #renew(onWarning: (text: string) => void): Promise<void> {
    const nowMs = Date.now();
    if (this.#isRenewing || !isRenewalDue(this.#vouched, this.#triedMs, nowMs)) return;
    this.#isRenewing = true;
    this.#triedMs = nowMs;
    const fresh = await this.#anew(nowMs);
    this.#isRenewing = false;
    if (!fresh.ok) this.#warn(onWarning, fresh.error);
    else if (fresh.value !== undefined) {
      this.#vouched = fresh.value;
      this.#triedMs = undefined;
      this.#isToldOfEnd = false;
    } else if (!this.#isToldOfEnd && isNearItsEnd(this.#vouched, nowMs)) {
      this.#isToldOfEnd = true;
      this.#warn(onWarning, "the certificate of --sign-key ends then, and no newer one is there");
    }
  }

  #warn(onWarning: (text: string) => void, why: string): void {
    const until = new Date(servesUntilMs(this.#vouched)).toISOString();
    onWarning(`the run's certificate could not be renewed; workers take it until ${until}: ${why}`);
  }

  /** Undefined: signed anew it would serve no longer. */
  async #anew(nowMs: number): Promise<Result<Vouched | undefined, string>> {
    const { operator } = this.#run;
    const now = operator.again === undefined ? succeed(operator) : await operator.again();
    if (!now.ok) return now;
    const next = { issuedMs: nowMs, validBeforeMs: now.value.validBeforeMs };
    return wouldServeLonger(this.#vouched, next)
      ? vouch({ ...this.#run, operator: now.value })
      : succeed(undefined);
  }
}

async function vouch({ operator, run, plan, principal }: SigningRun): Promise<Result<Vouched, string>> {
  const { privateKey: key, publicKey } = generateKeyPairSync("ed25519");
  const issuedMs = Date.now();
  const fields = { run, plan: planDigest(plan), ...defined({ principal }) };
  const certificate = await signCertificate(operator, fields, publicKey, issuedMs);
  if (!certificate.ok) return fail(`the run could not be signed: ${certificate.error}`);
  const { validBeforeMs } = operator;
  return succeed({ key, certificate: certificate.value, issuedMs, validBeforeMs });
}
