import { existsSync, readFileSync, statSync } from "node:fs";
import { FileCache, fileVersion, modeFault, pathFault, type ReadFile } from "@roadrunner/core/files";
import type { ParsedKey } from "ssh2";
import { parsePrivateKey } from "./parse-private-key.ts";
import { messageOf } from "../../transport/problem.ts";
import { readyToSign } from "./ready-to-sign.ts";

/** What an identity file holds. */
export interface KeyFile {
  readonly path: string;
  /** The file is not there. */
  readonly missing: boolean;
  /** Opened; else `unusable` says why it is not. */
  readonly privateKey?: ParsedKey;
  /** Its public half, by which the agent's key is recognised. */
  readonly publicBlob?: Buffer;
  readonly unusable?: string;
  /** No ssh of this box could use it either: not there, not to be read, or not to be opened. */
  readonly isShut?: true;
  /** It is encrypted, and the worker's passphrase file cannot be read. */
  readonly lacksPassphrase?: true;
  /** A certificate lies beside it, as ssh would use and we cannot. */
  readonly certificate?: string;
}

/** Private keys, each opened once: an encrypted one costs a quarter of a second of the processor. */
export class KeyFiles {
  readonly #passphraseFile: string | undefined;
  readonly #uid: number;
  #passphraseVersion = "";
  #keys: FileCache<KeyFile>;

  constructor(uid: number, passphraseFile?: string) {
    this.#uid = uid;
    this.#passphraseFile = passphraseFile;
    this.#keys = this.#fresh();
  }

  get(path: string): KeyFile {
    if (this.#passphraseFile !== undefined) {
      const version = fileVersion(this.#passphraseFile);
      if (version !== this.#passphraseVersion) this.#keys = this.#fresh();
      this.#passphraseVersion = version;
    }
    return this.#keys.get(path);
  }

  #fresh(): FileCache<KeyFile> {
    return new FileCache((read, path) => keyFile(path, read, this.#uid, this.#passphraseFile));
  }
}

function keyFile(path: string, read: ReadFile, uid: number, passphraseFile: string | undefined): KeyFile {
  const beside = publicKeyOf(`${path}.pub`);
  const base = {
    path,
    missing: !existsSync(path),
    ...(beside === undefined ? {} : { publicBlob: beside }),
    ...(existsSync(`${path}-cert.pub`) ? { certificate: `${path}-cert.pub` } : {}),
  };
  if (base.missing) return { ...base, unusable: "no such file", isShut: true };
  const tooOpen = permissionProblem(path, uid);
  if (tooOpen !== undefined) return { ...base, unusable: tooOpen, isShut: true };
  if (!read.ok) return { ...base, unusable: messageOf(read.error), isShut: true };
  const key = opened(read.value, passphraseFile);
  if ("unusable" in key) return { ...base, ...key };
  const publicBlob = key.getPublicSSH();
  return key.isPrivateKey()
    ? { ...base, privateKey: key, publicBlob }
    : { ...base, publicBlob, unusable: "is a public key, for the agent to sign with" };
}

type Unusable = Required<Pick<KeyFile, "unusable">> & Pick<KeyFile, "lacksPassphrase" | "isShut">;

function opened(bytes: Buffer, passphraseFile: string | undefined): ParsedKey | Unusable {
  const not = (unusable: string): Unusable => ({ unusable });
  const locked = (why: string): Unusable => ({ unusable: why, isShut: true });
  try {
    const plain = parsePrivateKey(bytes);
    if (plain.kind === "key") return readyToSign(plain.key);
    if (plain.kind !== "encrypted") return not(plain.kind === "unreadable" ? plain.why : plain.kind);
    if (passphraseFile === undefined)
      return locked("is encrypted: give --passphrase-file, or load it into ssh-agent");
    const passphrase = firstLine(passphraseFile);
    if (!passphrase.ok) return { ...locked(`is encrypted, and ${passphrase.error}`), lacksPassphrase: true };
    const unlocked = parsePrivateKey(bytes, passphrase.value);
    if (unlocked.kind === "key") return readyToSign(unlocked.key);
    if (unlocked.kind === "unreadable") return not(unlocked.why);
    return locked(`the passphrase of ${passphraseFile} does not open it`);
  } catch (error) {
    return not(messageOf(error));
  }
}

function publicKeyOf(path: string): Buffer | undefined {
  try {
    const parsed = parsePrivateKey(readFileSync(path));
    return parsed.kind === "key" ? parsed.key.getPublicSSH() : undefined;
  } catch {
    return undefined;
  }
}

/** ssh does not use a private key of ours that others may read. */
function permissionProblem(path: string, uid: number): string | undefined {
  const stat = statSync(path);
  const fault = stat.uid === uid ? modeFault(stat, "secret") : undefined;
  if (fault === undefined) return undefined;
  // A public key named as identity is no secret.
  if (publicKeyOf(path) !== undefined && readFileSync(path, "latin1").startsWith("ssh-")) return undefined;
  return fault;
}

/** A secret's file: its first line, if only its owner can read it. */
export function firstLine(
  path: string,
): { readonly ok: true; readonly value: string } | { readonly ok: false; readonly error: string } {
  try {
    const fault = pathFault(path, "secret");
    if (fault !== undefined) return { ok: false, error: `${path} ${fault}` };
    return { ok: true, value: readFileSync(path, "utf8").split(/\r?\n/)[0] ?? "" };
  } catch (error) {
    return { ok: false, error: messageOf(error) };
  }
}
