import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import {
  operatorKey,
  parsePoolKeys,
  PoolSeal,
  signCertificate,
  signMessage,
  type MessageKind,
  type OperatorKey,
} from "@roadrunner/core/signing";
import { certified, keyText, securityKey } from "../../../packages/core/test/signing/certificates.ts";
import type { Random } from "../../support/random.ts";

/** What comes before the 32 bytes of an Ed25519 private key in PKCS #8. */
const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");

export interface Signer {
  readonly name: string;
  readonly operator: OperatorKey;
  /** For allowed_signers. */
  readonly line: string;
}

/** A genuine message, and what its receiver is to make of it. */
export interface Genuine {
  readonly kind: MessageKind;
  readonly to: { readonly function: string; readonly unique: string };
  readonly body: string;
  readonly run: string;
  readonly signer: Signer;
  readonly text: string;
}

/** An Ed25519 key that the same seed gives again, so that its signatures are the same, too. */
export function seededKey(random: Random): KeyObject {
  const bytes = Buffer.concat([PKCS8_HEAD, randomBytesOf(random, 32)]);
  return createPrivateKey({ key: bytes, format: "der", type: "pkcs8" });
}

export function randomBytesOf(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.below(256)));
}

export function newSigner(random: Random, name: string): Signer {
  const made = operatorKey(seededKey(random));
  if (!made.ok) throw new Error(made.error);
  const line = `${name} ssh-ed25519 ${made.value.publicBlob.toString("base64")}\n`;
  return { name, operator: made.value, line };
}

/** One whom an authority certifies under that name, among others; the line is the authority's. */
export async function newCertifiedSigner(random: Random, name: string): Promise<Signer> {
  const [authority, key] = [newSigner(random, name), newSigner(random, name)];
  const principals = [`${name}-elsewhere`, name];
  const operator = await certified(key.operator, authority.operator, { principals });
  return { name, operator, line: authority.line.replace(" ", " cert-authority ") };
}

/** One whose key is a security key. */
export function newTouchingSigner(random: Random, name: string): Signer {
  const operator = securityKey("sk ed25519", { inner: newSigner(random, name).operator });
  return { name, operator, line: `${name} ${keyText(operator.publicBlob)}\n` };
}

export interface Letter {
  readonly kind: MessageKind;
  readonly to: { readonly function: string; readonly unique: string };
  readonly body: string;
  readonly run: string;
}

/** Signs letters of one run at one time. */
export async function signAll(
  random: Random,
  signer: Signer,
  letters: readonly Letter[],
  nowMs: number,
): Promise<Genuine[]> {
  const key = seededKey(random);
  const [first] = letters;
  const fields = { run: first?.run ?? "", plan: "0".repeat(64) };
  const certificate = await signCertificate(signer.operator, fields, createPublicKey(key), nowMs);
  if (!certificate.ok) throw new Error(certificate.error);
  const by = { key, certificate: certificate.value };
  return letters.map((letter) => ({
    ...letter,
    signer,
    text: signMessage(letter.kind, letter.to, letter.body, by, nowMs),
  }));
}

/** A pool key as its file holds it. */
export function poolKeyText(random: Random): string {
  return `${randomBytesOf(random, 32).toString("base64")}\n`;
}

export function poolSealOf(text: string): PoolSeal {
  const keys = parsePoolKeys(text);
  if (!keys.ok) throw new Error(keys.error.join("\n"));
  return new PoolSeal(keys.value);
}
