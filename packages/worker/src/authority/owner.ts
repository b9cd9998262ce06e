import type { Workload } from "@roadrunner/core";
import { certificateText, type CheckedMessage } from "@roadrunner/core/signing";

/** Who asks; absent where nothing need be signed. */
export type Signer = Pick<CheckedMessage, "principal" | "fingerprint" | "plan" | "certificate"> & {
  /** Of the key of whoever carries the run for him, `SHA256:…`. */
  readonly carrier?: string;
};

/** A workload, and whose it is where that is known. */
export interface OwnedWorkload extends Workload {
  readonly owner?: string;
  /** See `personOf`. */
  readonly person?: string;
}

/**
 * Whose a run is. Anybody who may sign can sign for any run id: what is kept by run (revocations, answers, records) is
 * kept by owner as well. The key is a part of it, since one line of allowed signers may stand for many names; with a
 * certificate it is the key that this is for, so that a renewed one goes on with what the last one began.
 */
export function ownerOf({ principal, fingerprint }: Pick<Signer, "principal" | "fingerprint">): string {
  return `${principal} ${fingerprint}`;
}

/**
 * Who that is, however many keys and carriers he has: by a certificate whoever his authority says that he is, else his
 * key. What is kept of each signer is bounded by this, since keys with certificates are as many as one asks for.
 */
export function personOf({ principal, fingerprint, certificate }: Omit<Signer, "plan" | "carrier">): string {
  return certificate === undefined ? fingerprint : `${principal} of ${certificate.authority}`;
}

/** Revocations and kills name a client; so one owner's never meet another's tasks. */
export function clientOf(client: string, signer: Pick<Signer, "principal" | "fingerprint">): string {
  return `${client} of ${ownerOf(signer)}`;
}

/**
 * Whose revocations are kept together, so many of each: whoever carries a run of an operator's pushes out none of what
 * others say in that one's name.
 */
export function sayerOf({ fingerprint, carrier }: Pick<Signer, "fingerprint" | "carrier">): string {
  return carrier === undefined ? fingerprint : `${fingerprint} by ${carrier}`;
}

/** As sentences name who asks: with the certificate that says so, where there is one. */
export function nameOf({ principal, certificate }: Signer): string {
  return certificate === undefined ? principal : `${principal} (${certificateText(certificate)})`;
}

/** Fields of a log line that tell who asks. */
export function logged(signer: Signer | undefined): Readonly<Record<string, string | undefined>> {
  const { principal, certificate, carrier } = signer ?? {};
  return { principal, certificate: certificate && certificateText(certificate), carrier };
}
