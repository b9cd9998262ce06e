import { existsSync, readFileSync } from "node:fs";
import { readCertificateLine, type SshCertificate } from "@roadrunner/core/signing";
import type { LoginSettings } from "../config/host-settings.ts";

/** What is known of the certificates that ssh logs in with, each as a part of a sentence. */
export interface CertificateNotes {
  /** Those whose time is over, or has not come, and files that hold none. */
  readonly stale: readonly string[];
  /** For whom the others are. */
  readonly valid: readonly string[];
}

/** Certificates that ssh takes for a host: named ones, and those beside its keys. */
export function certificateFiles({
  certificateFiles: named,
  identityFiles,
}: LoginSettings): readonly string[] {
  return [...new Set([...named, ...identityFiles.map((path) => `${path}-cert.pub`)])];
}

export function certificateNotes(login: LoginSettings, nowMs: number): CertificateNotes {
  const stale: string[] = [];
  const valid: string[] = [];
  for (const path of certificateFiles(login)) {
    const read = readCertificate(path);
    if (read === undefined) {
      if (existsSync(path)) stale.push(`${path} holds no certificate of a user that can be read`);
      continue;
    }
    const { validAfterMs, validBeforeMs, principals } = read;
    if (nowMs >= validBeforeMs) stale.push(`the certificate ${path} expired at ${time(validBeforeMs)}`);
    else if (nowMs < validAfterMs)
      stale.push(`the certificate ${path} is not valid before ${time(validAfterMs)}`);
    else
      valid.push(
        `the certificate ${path} is for ${principals.length === 0 ? "nobody" : principals.join(", ")}`,
      );
  }
  return { stale, valid };
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

function time(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
