import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../support/programs.ts";

export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** Makes a certificate that is its own authority, and its key, with openssl. @param names such as `DNS:localhost,IP:127.0.0.1` */
export function makeCertificate(
  folder: string,
  name: string,
  { names = "DNS:localhost,IP:127.0.0.1", days = 30 }: { names?: string; days?: number } = {},
): CertificateFiles {
  const files = { cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
  execFileSync(
    findProgram("openssl"),
    [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
      ...["-subj", "/CN=coordinator of a test", "-addext", `subjectAltName=${names}`],
      ...["-days", String(days), "-keyout", files.key, "-out", files.cert],
    ],
    { stdio: "ignore" },
  );
  chmodSync(files.key, 0o600);
  return files;
}

export function authorityOf({ cert }: CertificateFiles): string {
  return readFileSync(cert, "utf8");
}
