import { defined } from "../optional-fields.ts";
import { parseJson } from "../parse-json.ts";
import { fingerprintOf } from "./openssh/public-key.ts";
import { readSignature } from "./openssh/sshsig.ts";
import { openEnvelope } from "./signed-message.ts";
import type { SignedText } from "./signers/signed-text.ts";
import { certificateNameOf, type CertificateName } from "./signers/user-certificate.ts";

/** Of a text that anybody can write. */
const MAX_SHOWN = 255;

/** Whose a message says that it is. Nothing of it is proven: who sent it may have written what he likes. */
export interface Claimed {
  readonly principal?: string;
  /** Of the operator's key, `SHA256:…`. */
  readonly key?: string;
  /** That is said to speak for the key. */
  readonly certificate?: CertificateName;
  /** Of the key of whoever carries the run for the operator. */
  readonly carrier?: string;
  readonly run?: string;
  /** Digest of the resolved plan. */
  readonly plan?: string;
}

/** What a signed message says of its signer, without any of it being checked; undefined: it says nothing. */
export function claimedIn(text: string): Claimed | undefined {
  const envelope = openEnvelope(text);
  if (envelope?.ok !== true) return undefined;
  const { certificate, plan } = envelope.value;
  const operator = signerIn(plan ?? certificate);
  const said = fieldsIn(plan ?? certificate);
  const claimed = {
    ...said,
    ...operator,
    ...defined({ carrier: plan === undefined ? undefined : signerIn(certificate).key }),
  };
  return Object.keys(claimed).length === 0 ? undefined : claimed;
}

function signerIn({ signature }: SignedText): Pick<Claimed, "key" | "certificate"> {
  const read = readSignature(signature);
  if (!read.ok) return {};
  const { key, certificate } = read.value;
  return {
    key: fingerprintOf(key.blob),
    ...defined({ certificate: certificate && certificateNameOf(certificate) }),
  };
}

function fieldsIn({ body }: SignedText): Pick<Claimed, "principal" | "run" | "plan"> {
  const json = parseJson(body);
  if (typeof json !== "object" || json === null) return {};
  const { principal, run, plan } = json as Readonly<Record<string, unknown>>;
  return defined({ principal: shown(principal), run: shown(run), plan: shown(plan) });
}

function shown(value: unknown): string | undefined {
  return typeof value === "string" ? value.slice(0, MAX_SHOWN) : undefined;
}
