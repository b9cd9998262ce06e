import { fail, succeed, type Result } from "../../errors.ts";
import { defined } from "../../optional-fields.ts";
import { readSignature, verifySsh } from "../openssh/sshsig.ts";
import type { SignedText } from "./signed-text.ts";
import { subjectOf, type SignedBy } from "./signed-by.ts";
import { authorityFault } from "./user-certificate.ts";

/**
 * A text that a key has signed for Roadrunner, and whose. `isKnown` is asked first: a stranger's signature is not worth
 * checking. The error is a sentence.
 */
export function readVouched(
  signed: SignedText,
  { what, namespace }: { readonly what: string; readonly namespace: string },
  isKnown: (by: SignedBy) => Result<unknown, string>,
): Result<{ readonly by: SignedBy; readonly text: string }, string> {
  const signature = readSignature(signed.signature);
  if (!signature.ok) return fail(`the signature of ${what} ${signature.error}`);
  const { key, certificate, made } = signature.value;
  const by: SignedBy = { key, ...defined({ certificate, touch: made.touch }) };
  const known = isKnown(by);
  if (!known.ok) return known;
  const fault = certificate && authorityFault(certificate);
  if (fault !== undefined) return fail(`${subjectOf(by)} ${fault}`);
  return verifySsh(signature.value, Buffer.from(signed.body), namespace)
    ? succeed({ by, text: signed.body })
    : fail(`${what} was not made by the key that it names, or not for Roadrunner`);
}
