import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { fail, succeed, type Result } from "../errors.ts";
import { whyUnwritten } from "./file-errors.ts";
import { trustedPath } from "./trusted-path.ts";

/** Names of what is open in this process already: there is nothing to make. */
const OWN_DESCRIPTOR = /^(?:\/dev\/(?:stdout|stderr|fd\/\d+)|\/proc\/self\/fd\/\d+)$/;

/**
 * Writes a file anew, readable by its owner only: whole, or not at all. It takes the place of a file of that name, of
 * which nothing stays, not even its mode. A device or a pipe is written to. Never through a link of another user, nor
 * where everybody may put one. The error names the path.
 */
export function writeNewFile(path: string, pieces: Iterable<string>): Result<void, string> {
  try {
    if (OWN_DESCRIPTOR.test(path)) return fill(openSync(path, "w"), pieces);
    const trusted = trustedPath(path);
    if (!trusted.ok) return fail(`cannot write ${path}: ${trusted.error}`);
    const there = lstatSync(trusted.value, { throwIfNoEntry: false });
    if (there === undefined || there.isFile()) return replace(trusted.value, pieces);
    return fill(openExisting(trusted.value), pieces);
  } catch (error) {
    return fail(`cannot write ${path}: ${whyUnwritten(error)}`);
  }
}

function replace(path: string, pieces: Iterable<string>): Result<void, string> {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
  const own = randomBytes(8).toString("hex");
  const fresh = join(dirname(path), `.${basename(path).slice(0, 100)}.${own}`);
  const file = openSync(fresh, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o600);
  try {
    fill(file, pieces);
    renameSync(fresh, path);
    return succeed(undefined);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}

/** A device or a pipe; what has come in its place since we looked is not taken. */
function openExisting(path: string): number {
  const file = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW);
  if (!fstatSync(file).isFile()) return file;
  closeSync(file);
  throw new Error("it has just been replaced by another");
}

function fill(file: number, pieces: Iterable<string>): Result<void, string> {
  try {
    for (const piece of pieces) writeFileSync(file, piece);
    return succeed(undefined);
  } finally {
    closeSync(file);
  }
}
