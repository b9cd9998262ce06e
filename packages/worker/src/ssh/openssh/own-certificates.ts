import { existsSync, readFileSync } from "node:fs";
import {
  fingerprintOf,
  isAltered,
  readCertificateLine,
  readSshCertificate,
  SshReader,
  type SshCertificate,
} from "@roadrunner/core/signing";
import { oneLine } from "../../transport/said-text.ts";
import type { LoginSettings } from "../config/host-settings.ts";
import type { ListedKey } from "../login/agent-answer.ts";

/** What is known of the certificates that ssh logs in with, each as a part of a sentence. */
export interface CertificateNotes {
  /** Those that let nobody in anywhere, and files that hold none. */
  readonly useless: readonly string[];
  /** For whom and from where the others are. */
  readonly valid: readonly string[];
}

/** An agent may hold any number. */
const MOST_OF_AGENT = 10;
const MOST_SHOWN = 100;

/** Certificates that ssh takes for a host: named ones, and those beside its keys. */
export function certificateFiles({
  certificateFiles: named,
  identityFiles,
}: LoginSettings): readonly string[] {
  return [...new Set([...named, ...identityFiles.map((path) => `${path}-cert.pub`)])];
}

/** @param ofAgent what the agent holds @param keyOf the public key of an identity file, where it is known */
export function certificateNotes(
  login: LoginSettings,
  nowMs: number,
  ofAgent: readonly ListedKey[] = [],
  keyOf: (path: string) => Buffer | undefined = () => undefined,
): CertificateNotes {
  const useless: string[] = [];
  const valid: string[] = [];
  const note = (what: string, certificate: SshCertificate, fault = uselessFor(certificate, nowMs)) => {
    if (fault === undefined) valid.push(`the certificate ${what} is for ${termsOf(certificate)}`);
    else useless.push(`the certificate ${what} ${fault}`);
  };
  for (const path of certificateFiles(login)) {
    const read = readCertificate(path);
    if (read === undefined) {
      if (existsSync(path)) useless.push(`${path} holds no certificate of a user that can be read`);
      continue;
    }
    const beside = login.identityFiles.find((identity) => `${identity}-cert.pub` === path);
    const key = beside === undefined ? undefined : keyOf(beside);
    if (key !== undefined && !key.equals(read.keyBlob))
      note(path, read, `is for another key than that of ${beside}: have that one signed`);
    else note(path, read);
  }
  // With IdentitiesOnly ssh shows of the agent's only those that are files, too.
  for (const { blob, comment } of login.identitiesOnly ? [] : ofAgent.slice(0, MOST_OF_AGENT)) {
    const read = readSshCertificate(blob);
    if (read.ok) note(`of the agent (${oneLine(comment, MOST_SHOWN)})`, read.value);
  }
  return { useless, valid };
}

/** Undefined: there is none that can be read. */
export function readCertificate(path: string): SshCertificate | undefined {
  try {
    const read = readCertificateLine(readFileSync(path, "utf8").split("\n")[0] ?? "");
    return read.ok ? read.value : undefined;
  } catch {
    return undefined;
  }
}

/** Why no server at all lets anybody in by it; completes "the certificate …". */
export function uselessFor(certificate: SshCertificate, nowMs: number): string | undefined {
  const { isFor, validAfterMs, validBeforeMs } = certificate;
  if (isFor === "host") return "is a host's, and logs nobody in: have the key signed as a user's";
  if (isAltered(certificate)) return "was altered since its authority signed it: have it made anew";
  if (nowMs >= validBeforeMs) return `expired at ${time(validBeforeMs)}`;
  return nowMs < validAfterMs ? `is not valid before ${time(validAfterMs)}` : undefined;
}

/** For whom it is, what binds it, and by what TrustedUserCAKeys and revocation lists know it. */
function termsOf({ principals, criticalOptions, keyId, serial, authorityBlob }: SshCertificate): string {
  const who = principals.length === 0 ? "nobody by name" : principals.join(", ");
  const bounds = criticalOptions.map(({ name, value }) => {
    const text = new SshReader(value).string()?.toString("utf8") ?? "";
    if (name === "source-address") return `, from ${shown(text)} alone (source-address)`;
    if (name === "force-command") return `, and runs "${shown(text)}" whatever is asked for (force-command)`;
    return `, with the critical option ${shown(name)}`;
  });
  const id = `key id "${shown(keyId)}", serial ${serial}, authority ${fingerprintOf(authorityBlob)}`;
  return `${who}${bounds.join("")} (${id})`;
}

function shown(text: string): string {
  return oneLine(text, MOST_SHOWN);
}

/** Times of a certificate go far beyond those that a date can be. */
function time(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? `${new Date(ms).toISOString().slice(0, 19)}Z` : `second ${ms / 1000}`;
}
