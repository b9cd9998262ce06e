import { fail, succeed, type Result } from "../errors.ts";
import { linesOf, principalOf, strangerText, type AllowedSigner } from "./signers/allowed-signers.ts";
import { NAMESPACE } from "./limits.ts";
import { skewOf, timeFault, type MessageTime, type TimeFault } from "./message-time.ts";
import { fingerprintOf } from "./openssh/public-key.ts";
import { certificateFault, readCertificate, type ReadCertificate } from "./run-certificate.ts";
import type { RevokedSigners } from "./signers/krl.ts";
import { revokedFault } from "./signers/revoked-signers.ts";
import { subjectOf } from "./signers/signed-by.ts";
import { openEnvelope, readSigned, type Envelope, type MessageKind } from "./signed-message.ts";
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
  /** The clocks of client and worker are this far apart, as far as it can be told, and it is much. */
  readonly skewMs?: number;
}

export type MessageRefusal = TimeFault;

interface Known {
  readonly certificate: ReadCertificate;
  /** The lines of allowed_signers that speak of who signed it. */
  readonly lines: readonly AllowedSigner[];
}

/** Checks messages against allowed signers, and remembers the certificates it has found good. */
export class MessageCheck {
  readonly #signers: readonly AllowedSigner[];
  readonly #revoked: RevokedSigners | undefined;
  readonly #known = new Map<string, Known>();

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
    const known = this.#certificate(envelope.value, nowMs);
    if (!known.ok) return refuse(known.error);
    const { certificate, lines } = known.value;
    const { body, by } = certificate;
    const header = readSigned(kind, envelope.value, certificate.freshKey);
    if (header === undefined) return refuse("its signature is not that of its run: it was altered");
    if (header.function !== at.functionName)
      return refuse(`it was signed for ${header.function}, and came as ${at.functionName}`);
    // A job server without GRAB_JOB_UNIQ tells no unique; the one in the header is what counts.
    if (at.unique !== "" && header.unique !== at.unique)
      return refuse("it was signed for another submission");
    const principal = principalOf(lines, by, NAMESPACE, nowMs, body.principal);
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
      issuedMs: header.issuedMs,
      notAfterMs: header.notAfterMs,
      ...(skewMs === undefined ? {} : { skewMs }),
    });
  }

  #certificate({ certificate: signed }: Envelope, nowMs: number): Result<Known, string> {
    const key = `${signed.body}\0${signed.signature}`;
    const known = this.#known.get(key);
    if (known !== undefined) return succeed(known);
    const certificate = readCertificate(signed, (by) => {
      const fault =
        linesOf(this.#signers, by).length === 0
          ? strangerText(this.#signers, by)
          : this.#revoked && revokedFault(this.#revoked, by);
      return fault === undefined ? succeed(undefined) : fail(`${subjectOf(by)} ${fault}`);
    });
    if (!certificate.ok) return certificate;
    const fault = certificateFault(certificate.value.body, nowMs);
    if (fault !== undefined) return fail(fault);
    const fresh = { certificate: certificate.value, lines: linesOf(this.#signers, certificate.value.by) };
    this.#known.set(key, fresh);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MAX_CERTIFICATES) break;
      this.#known.delete(oldest);
    }
    return succeed(fresh);
  }
}

function refuse(reason: string): { readonly ok: false; readonly error: MessageRefusal } {
  return fail({ reason });
}
