import { fail, succeed, type Result } from "../errors.ts";
import { defined } from "../optional-fields.ts";
import { linesOf, principalOf, strangerText, type AllowedSigner } from "./signers/allowed-signers.ts";
import { NAMESPACE } from "./time/limits.ts";
import { skewOf, timeFault, type MessageTime, type TimeFault } from "./time/message-time.ts";
import { fingerprintOf } from "./openssh/public-key.ts";
import { certificateFault, readCertificate, type ReadCertificate } from "./run-certificate.ts";
import type { RevokedSigners } from "./signers/krl.ts";
import { revokedFault } from "./signers/revoked-signers.ts";
import type { PlanProof } from "./plan/proof.ts";
import { readPlan, type PlanBody, type ReadPlan } from "./plan/signed-plan.ts";
import type { SignedText } from "./signers/signed-text.ts";
import { subjectOf, type SignedBy } from "./signers/signed-by.ts";
import { openEnvelope, readSigned, wordDigest, type Envelope, type MessageKind } from "./signed-message.ts";
import { certificateNameOf, type CertificateName } from "./signers/user-certificate.ts";

/** More runs than are carried at once; the oldest certificates are checked anew. */
const MAX_CERTIFICATES = 1000;

/** A message that one who may has signed, for the function and the unique under which it came. */
export interface CheckedMessage extends MessageTime {
  readonly body: string;
  readonly principal: string;
  /** Of the operator's key, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
  /** That spoke for the key. */
  readonly certificate?: CertificateName;
  /** What the certificate is for. */
  readonly run: string;
  readonly plan: string;
  /** Of the submission, as it was signed. */
  readonly unique: string;
  /** Of a run that somebody carries for its operator, who is the one named above. */
  readonly carried?: Carried;
  /** The clocks of client and worker are this far apart, as far as it can be told, and it is much. */
  readonly skewMs?: number;
}

/** Who carries a run for its operator, and what that one signed. */
export interface Carried {
  /** Of the key of whoever carries it. */
  readonly by: string;
  readonly plan: PlanBody;
  /** Absent: it proves nothing. */
  readonly proof?: PlanProof;
}

export type MessageRefusal = TimeFault;

interface Known {
  readonly certificate: ReadCertificate;
  /** Of a run that is carried for its operator. */
  readonly plan?: ReadPlan;
  /** The operator. */
  readonly by: SignedBy;
  /** The lines of allowed_signers that speak of the operator. */
  readonly lines: readonly AllowedSigner[];
}

/** Checks messages against allowed signers, and remembers the certificates it has found good. */
export class MessageCheck {
  readonly #signers: readonly AllowedSigner[];
  readonly #revoked: RevokedSigners | undefined;
  readonly #certificates = new Map<string, Known>();

  constructor(signers: readonly AllowedSigner[], revoked?: RevokedSigners) {
    this.#signers = signers;
    this.#revoked = revoked;
  }

  /** @param at the function and the unique under which Gearman gave it, and the worker's wall clock */
  check(
    kind: MessageKind,
    text: string,
    at: { readonly functionName: string; readonly unique: string; readonly nowMs: number },
  ): Result<CheckedMessage, MessageRefusal> {
    const { nowMs } = at;
    const envelope = openEnvelope(text);
    if (envelope === undefined) return refuse("it is not signed, and this worker takes only signed messages");
    if (!envelope.ok) return refuse(envelope.error);
    const known = this.#known(envelope.value, nowMs);
    if (!known.ok) return refuse(known.error);
    const { certificate, plan, by, lines } = known.value;
    const { body } = certificate;
    const header = readSigned(kind, envelope.value, certificate.freshKey);
    if (header === undefined) return refuse("its signature is not that of its run: it was altered");
    if (header.function !== at.functionName)
      return refuse(`it was signed for ${header.function}, and came as ${at.functionName}`);
    // A job server without GRAB_JOB_UNIQ tells no unique; the one in the header is what counts.
    if (at.unique !== "" && header.unique !== at.unique)
      return refuse("it was signed for another submission");
    const word = envelope.value.plan && wordDigest(envelope.value.plan);
    if (header.word !== word)
      return refuse("it did not come with the signed plan with which it was sent: it was altered on the way");
    const principal = principalOf(lines, by, NAMESPACE, nowMs, (plan ?? certificate).body.principal);
    if (!principal.ok) return refuse(`${subjectOf(by)} ${principal.error}`);
    const fault = certificateFault(body, nowMs);
    if (fault !== undefined) return refuse(fault);
    const late = timeFault(header, nowMs);
    if (late !== undefined) return fail(late);
    const skewMs = skewOf(header, nowMs);
    return succeed({
      body: envelope.value.body,
      principal: principal.value.name,
      fingerprint: fingerprintOf(by.key.blob),
      ...(by.certificate === undefined ? {} : { certificate: certificateNameOf(by.certificate) }),
      run: body.run,
      plan: body.plan,
      unique: header.unique,
      ...(plan === undefined
        ? {}
        : {
            carried: {
              by: fingerprintOf(certificate.by.key.blob),
              plan: plan.body,
              ...defined({ proof: envelope.value.proof }),
            },
          }),
      issuedMs: header.issuedMs,
      notAfterMs: header.notAfterMs,
      ...(skewMs === undefined ? {} : { skewMs }),
    });
  }

  #known({ certificate: signed, plan }: Envelope, nowMs: number): Result<Known, string> {
    const key = [signed, plan]
      .map((text) => (text === undefined ? "" : `${text.body}\0${text.signature}`))
      .join("\0");
    const known = this.#certificates.get(key);
    if (known !== undefined) return succeed(known);
    const read = plan === undefined ? this.#ofOperator(signed) : this.#ofCarrier(signed, plan);
    if (!read.ok) return read;
    const fault = certificateFault(read.value.certificate.body, nowMs);
    if (fault !== undefined) return fail(fault);
    this.#certificates.set(key, read.value);
    for (const oldest of this.#certificates.keys()) {
      if (this.#certificates.size <= MAX_CERTIFICATES) break;
      this.#certificates.delete(oldest);
    }
    return read;
  }

  #ofOperator(signed: SignedText): Result<Known, string> {
    const certificate = readCertificate(signed, (by) => this.#mayBeOperator(by));
    if (!certificate.ok) return certificate;
    const { by } = certificate.value;
    return succeed({ certificate: certificate.value, by, lines: linesOf(this.#signers, by) });
  }

  /** Whoever carries a run need not be allowed anything: the operator's word names its key. */
  #ofCarrier(signed: SignedText, signedPlan: SignedText): Result<Known, string> {
    const plan = readPlan(signedPlan, (by) => this.#mayBeOperator(by));
    if (!plan.ok) return plan;
    const { body, by } = plan.value;
    const certificate = readCertificate(signed, (carrier) => this.#mayCarry(carrier, body));
    if (!certificate.ok) return certificate;
    const { run, plan: digest } = certificate.value.body;
    if (run !== body.run || digest !== body.plan) return fail("its signed plan is that of another run");
    return succeed({
      certificate: certificate.value,
      plan: plan.value,
      by,
      lines: linesOf(this.#signers, by),
    });
  }

  #mayBeOperator(by: SignedBy): Result<undefined, string> {
    const fault =
      linesOf(this.#signers, by).length === 0 ? strangerText(this.#signers, by) : this.#revokedFault(by);
    return fault === undefined ? succeed(undefined) : fail(`${subjectOf(by)} ${fault}`);
  }

  #mayCarry(by: SignedBy, { carriers }: PlanBody): Result<undefined, string> {
    const fault = carriers.includes(fingerprintOf(by.key.blob))
      ? this.#revokedFault(by)
      : "is none of those that its operator lets carry the run";
    return fault === undefined ? succeed(undefined) : fail(`${subjectOf(by)} ${fault}`);
  }

  #revokedFault(by: SignedBy): string | undefined {
    return this.#revoked && revokedFault(this.#revoked, by);
  }
}

function refuse(reason: string): { readonly ok: false; readonly error: MessageRefusal } {
  return fail({ reason });
}
