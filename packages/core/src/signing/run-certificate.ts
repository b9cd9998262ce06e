import { createPublicKey, type KeyObject } from "node:crypto";
import * as z from "zod";
import { fail, succeed, type Result } from "../errors.ts";
import { CERTIFICATE_LIFE_MS, MAX_SKEW_MS, NAMESPACE } from "./time/limits.ts";
import { parseJson } from "../parse-json.ts";
import type { SignedText } from "./signers/signed-text.ts";
import type { SignedBy } from "./signers/signed-by.ts";
import { signSsh, type OperatorKey } from "./openssh/sshsig.ts";
import { readVouched } from "./signers/vouched-text.ts";

const bodySchema = z.strictObject({
  v: z.literal(1),
  run: z.string().min(1).max(40),
  /** SHA-256 of the resolved plan, hex: the digest in `run.started`. */
  plan: z.string().regex(/^[0-9a-f]{64}$/),
  /** As whom the operator signs, where the line of allowed_signers leaves that open. */
  principal: z.string().min(1).max(255).optional(),
  /** The fresh Ed25519 public key, 32 bytes in base64url, as RFC 8037's `x`. */
  key: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  issuedMs: z.number().int(),
  notAfterMs: z.number().int(),
});
export type CertificateBody = z.output<typeof bodySchema>;

/** Has the operator's key say: submissions of this run are those that the fresh key signs. */
export async function signCertificate(
  operator: OperatorKey,
  fields: Pick<CertificateBody, "run" | "plan" | "principal">,
  freshKey: KeyObject,
  nowMs: number,
): Promise<Result<SignedText, string>> {
  const certificate: CertificateBody = {
    v: 1,
    ...fields,
    key: freshKey.export({ format: "jwk" }).x ?? "",
    issuedMs: nowMs,
    notAfterMs: nowMs + CERTIFICATE_LIFE_MS,
  };
  const body = JSON.stringify(certificate);
  const signature = await signSsh(Buffer.from(body), NAMESPACE, operator);
  return signature.ok ? succeed({ body, signature: signature.value }) : signature;
}

/** A certificate whose signature is right; whether its signer is allowed and its time has come is asked elsewhere. */
export interface ReadCertificate {
  readonly body: CertificateBody;
  readonly by: SignedBy;
  readonly freshKey: KeyObject;
}

/** `isKnown` is asked first: a stranger's signature is not worth checking. The error is a sentence. */
export function readCertificate(
  signed: SignedText,
  isKnown: (by: SignedBy) => Result<unknown, string>,
): Result<ReadCertificate, string> {
  const vouched = readVouched(signed, { what: "its run certificate", namespace: NAMESPACE }, isKnown);
  if (!vouched.ok) return vouched;
  const { by, text } = vouched.value;
  const parsed = bodySchema.safeParse(parseJson(text));
  if (!parsed.success) return fail("its run certificate is not one that this version reads");
  const body = parsed.data;
  try {
    const jwk = { kty: "OKP", crv: "Ed25519", x: body.key };
    return succeed({
      body,
      by,
      freshKey: createPublicKey({ key: jwk, format: "jwk" }),
    });
  } catch {
    return fail("its run certificate holds no valid key");
  }
}

/** Why a certificate does not serve at this time. */
export function certificateFault(
  { issuedMs, notAfterMs }: CertificateBody,
  nowMs: number,
): string | undefined {
  if (notAfterMs - issuedMs > CERTIFICATE_LIFE_MS) return "its run certificate is for longer than 24 hours";
  if (issuedMs > nowMs + MAX_SKEW_MS)
    return "its run certificate is dated in the future: compare the clocks of this worker and the client";
  if (notAfterMs < nowMs - MAX_SKEW_MS)
    return `its run certificate expired at ${new Date(notAfterMs).toISOString()}`;
  return undefined;
}
