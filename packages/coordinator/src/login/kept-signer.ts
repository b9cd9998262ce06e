import * as z from "zod";
import { defined, fail, succeed, type Result } from "@roadrunner/core";
import { readKeyOrCertificate, type SignedBy } from "@roadrunner/core/signing";
import type { StoredToken } from "../store/logins.ts";

const touchSchema = z.object({ flags: z.number().int(), counter: z.number().int() });

/** What the store keeps of who signed a login, so that it can be asked again whether he may. */
export function keptSigner({ key, certificate, touch }: SignedBy): Pick<StoredToken, "signer" | "touch"> {
  return {
    signer: (certificate?.blob ?? key.blob).toString("base64"),
    ...(touch === undefined ? {} : { touch: JSON.stringify(touch) }),
  };
}

/** The error says what the store has in its place. */
export function readSigner({
  signer,
  touch,
}: Pick<StoredToken, "signer" | "touch">): Result<SignedBy, string> {
  const read = readKeyOrCertificate(Buffer.from(signer, "base64"));
  if (!read.ok) return fail(`the key of a login ${read.error}`);
  if (touch === undefined) return read;
  try {
    return succeed({ ...read.value, ...defined({ touch: touchSchema.parse(JSON.parse(touch)) }) });
  } catch {
    return fail("what a security key said at a login cannot be read");
  }
}
