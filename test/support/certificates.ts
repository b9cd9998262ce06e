import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "./programs.ts";
import { makeTempDir } from "./temp-dir.ts";

export interface Authority {
  /** Of its certificate. */
  readonly file: string;
  readonly subject: string;
}

export interface ServerCertificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

const EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** Certificates of servers and of those who issue them, made by OpenSSL in a temporary folder. */
export class Certificates {
  readonly #temp = makeTempDir("certificates");
  readonly #openssl = findProgram("openssl");
  #count = 0;

  authority(name: string): Authority {
    const [certFile, keyFile] = this.#files(name);
    const to = ["-keyout", keyFile, "-out", certFile, "-subj", `/O=Example/CN=${name}`, "-days", "10"];
    this.#run("req", "-x509", ...EC, ...to);
    return { file: certFile, subject: `O=Example, CN=${name}` };
  }

  /** @param names as `DNS:localhost,IP:127.0.0.1`; @param days negative: it has expired */
  server(by: Authority, names: string, days = 10): ServerCertificate {
    const [certFile, keyFile, request] = this.#files(`server${(this.#count += 1)}`);
    this.#run(
      ...["req", ...EC, "-keyout", keyFile, "-out", request, "-subj", "/CN=coordinator"],
      ...["-addext", `subjectAltName=${names}`],
    );
    const issuer = ["-CA", by.file, "-CAkey", by.file.replace(/\.pem$/, ".key")];
    const out = ["-copy_extensions", "copy", "-days", `${days}`, "-out", certFile];
    this.#run("x509", "-req", "-in", request, ...issuer, ...out);
    const [cert, key] = [readFileSync(certFile, "utf8"), readFileSync(keyFile, "utf8")];
    return { certFile, keyFile, cert, key };
  }

  remove(): void {
    this.#temp.remove();
  }

  #files(name: string): [string, string, string] {
    const base = join(this.#temp.path, name.replaceAll(" ", "-"));
    return [`${base}.pem`, `${base}.key`, `${base}.csr`];
  }

  #run(...args: readonly string[]): void {
    execFileSync(this.#openssl, args, { stdio: ["ignore", "ignore", "pipe"] });
  }
}
