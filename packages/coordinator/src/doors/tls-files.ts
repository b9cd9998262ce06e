import { fail, succeed, type Result } from "@roadrunner/core";
import { fileVersion, pathFault, readNamedFile, whyUnread, type PathKind } from "@roadrunner/core/files";
import type { Log } from "@roadrunner/core/service";
import { endsSoon, readTlsPair, timeFault, type TlsPair } from "./tls-pair.ts";

const LOOK_EVERY_MS = 2000;
const WARN_EVERY_MS = 24 * 3_600_000;

interface Paths {
  readonly cert: string;
  readonly key: string;
}

/** The certificate and the key of a coordinator. They are read again as they change: a renewed one needs no restart. */
export class TlsFiles {
  readonly #paths: Paths;
  readonly #log: Log;
  #pair: TlsPair;
  #version: string;
  #looking: NodeJS.Timeout | undefined;
  readonly #onRenewed: ((pair: TlsPair) => void)[] = [];
  #warnedMs = Number.NEGATIVE_INFINITY;
  /** Why what is in the files now is not served. */
  #fault: string | undefined;

  private constructor(paths: Paths, pair: TlsPair, version: string, log: Log) {
    this.#paths = paths;
    this.#pair = pair;
    this.#version = version;
    this.#log = log;
  }

  /** The error says what is wrong with the files. */
  static open(paths: Paths, log: Log): Result<TlsFiles, string> {
    const version = versionOf(paths);
    const pair = readFiles(paths, Date.now());
    if (!pair.ok) return fail(pair.error);
    const files = new TlsFiles(paths, pair.value, version, log);
    files.#warn(Date.now());
    return succeed(files);
  }

  get pair(): TlsPair {
    return this.#pair;
  }

  /** Why nobody who looks at certificates connects; undefined: they do. */
  get fault(): string | undefined {
    const over = timeFault(this.#pair.certificate, Date.now());
    if (over === undefined) return undefined;
    return `the certificate that is served ${over}${this.#fault === undefined ? "" : ` (${this.#fault})`}`;
  }

  /** @param renewed is given each new pair; of several all are */
  watch(renewed: (pair: TlsPair) => void): void {
    this.#onRenewed.push(renewed);
    this.#looking ??= setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
  }

  close(): void {
    clearInterval(this.#looking);
  }

  #look(): void {
    const nowMs = Date.now();
    const version = versionOf(this.#paths);
    if (version !== this.#version) {
      this.#version = version;
      const read = readFiles(this.#paths, nowMs);
      if (read.ok) {
        this.#pair = read.value;
        this.#warnedMs = Number.NEGATIVE_INFINITY;
        for (const renewed of this.#onRenewed) renewed(read.value);
        this.#log.info("the certificate was renewed", { until: read.value.certificate.validTo });
      }
      // Between the writing of one file and the other they may not fit; then the next look finds a change again.
      else this.#log.error(`the certificate before this one is served on: ${read.error}`);
      this.#fault = read.ok ? undefined : read.error;
    }
    this.#warn(nowMs);
  }

  #warn(nowMs: number): void {
    if (nowMs - this.#warnedMs < WARN_EVERY_MS) return;
    const { certificate } = this.#pair;
    const text = timeFault(certificate, nowMs) ?? endsSoon(certificate, nowMs);
    if (text === undefined) return;
    this.#warnedMs = nowMs;
    this.#log.warn(`the certificate of this coordinator ${text}`, { file: this.#paths.cert });
  }
}

function versionOf({ cert, key }: Paths): string {
  return `${fileVersion(cert)} ${fileVersion(key)}`;
}

function readFiles(paths: Paths, nowMs: number): Result<TlsPair, string> {
  const cert = readFile(paths.cert, "public");
  if (!cert.ok) return fail(`--tls-cert: ${cert.error}`);
  const key = readFile(paths.key, "secret");
  if (!key.ok) return fail(`--tls-key: ${key.error}`);
  return readTlsPair({ path: paths.cert, text: cert.value }, { path: paths.key, text: key.value }, nowMs);
}

function readFile(path: string, kind: PathKind): Result<string, string> {
  try {
    const text = readNamedFile(path).toString("utf8");
    const fault = pathFault(path, kind);
    return fault === undefined ? succeed(text) : fail(`${path} ${fault}`);
  } catch (error) {
    return fail(`cannot read ${path}: ${whyUnread(error)}`);
  }
}
