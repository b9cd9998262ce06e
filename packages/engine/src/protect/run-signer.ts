import { createHash, generateKeyPairSync, type KeyObject } from "node:crypto";
import { fail, defined, succeed, type Result, type RunPlan } from "@roadrunner/core";
import {
  CERTIFICATE_LIFE_MS,
  MESSAGE_LIFE_MS,
  signCertificate,
  signMessage,
  type MessageKind,
  type OperatorKey,
  type SignedCertificate,
} from "@roadrunner/core/signing";

const LOOK_EVERY_MS = 3_600_000;
/** A renewal that fails has half a day of further tries. */
const RENEW_AFTER_MS = CERTIFICATE_LIFE_MS / 2;

export interface SigningRun {
  readonly operator: OperatorKey;
  readonly run: string;
  readonly plan: RunPlan;
  /** Whom the operator signs as, where allowed_signers leaves that open. */
  readonly principal?: string | undefined;
}

interface Vouched {
  readonly key: KeyObject;
  readonly certificate: SignedCertificate;
  readonly issuedMs: number;
}

/** SHA-256 of the plan's JSON text, hex. */
export function planDigest(plan: RunPlan): string {
  return createHash("sha256").update(JSON.stringify(plan)).digest("hex");
}

/**
 * Signs what a run says to workers, with a fresh key that is never written down. The operator's key vouches for it
 * once, and again while a run goes on for more than half a day.
 */
export class RunSigner {
  readonly #run: SigningRun;
  #vouched: Vouched;
  #timer: NodeJS.Timeout | undefined;

  private constructor(run: SigningRun, vouched: Vouched) {
    this.#run = run;
    this.#vouched = vouched;
  }

  /** Has the operator's key sign; the error is the text for the operator. */
  static async create(run: SigningRun): Promise<Result<RunSigner, string>> {
    const vouched = await vouch(run);
    return vouched.ok ? succeed(new RunSigner(run, vouched.value)) : vouched;
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
  ): { readonly text: string; readonly notAfterMs: number } {
    const nowMs = Date.now();
    return { text: signMessage(kind, to, body, this.#vouched, nowMs), notAfterMs: nowMs + MESSAGE_LIFE_MS };
  }

  async #renew(onWarning: (text: string) => void): Promise<void> {
    if (Date.now() - this.#vouched.issuedMs < RENEW_AFTER_MS) return;
    const vouched = await vouch(this.#run);
    if (vouched.ok) this.#vouched = vouched.value;
    else {
      const until = new Date(this.#vouched.issuedMs + CERTIFICATE_LIFE_MS).toISOString();
      onWarning(
        `the run's certificate could not be renewed; workers take it until ${until}: ${vouched.error}`,
      );
    }
  }
}

async function vouch({ operator, run, plan, principal }: SigningRun): Promise<Result<Vouched, string>> {
  const { privateKey: key, publicKey } = generateKeyPairSync("ed25519");
  const issuedMs = Date.now();
  const fields = { run, plan: planDigest(plan), ...defined({ principal }) };
  const certificate = await signCertificate(operator, fields, publicKey, issuedMs);
  if (!certificate.ok) return fail(`the run could not be signed: ${certificate.error}`);
  return succeed({ key, certificate: certificate.value, issuedMs });
}
