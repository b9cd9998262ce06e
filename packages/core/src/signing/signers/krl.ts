import { fail, succeed, type Result } from "../../errors.ts";
import { numberOf, SshReader } from "../openssh/ssh-wire.ts";

/** OpenSSH's key revocation lists, PROTOCOL.krl: what `ssh-keygen -k` makes. */

/** Certificates of one authority, or of all. */
export interface RevokedCertificates {
  /** Absent: of every authority. */
  readonly authorityBlob?: Buffer;
  readonly keyIds: ReadonlySet<string>;
  /** Both included. */
  readonly serials: readonly (readonly [low: bigint, high: bigint])[];
}

export interface RevokedSigners {
  /** Base64 of keys, operators' and authorities'. */
  readonly keys: ReadonlySet<string>;
  /** Digests of keys, hex. */
  readonly digests: ReadonlySet<string>;
  readonly certificates: readonly RevokedCertificates[];
}

const MAGIC = Buffer.from("SSHKRL\n\0");
const VERSION = 1;
/** Entries of one kind in one section; each has a few bytes, so this bounds what is made of a file. */
const MAX_ENTRIES = 10_000_000;
/** As OpenSSH bounds its numbers. */
const MAX_BITMAP_BYTES = 2048;

export function isKrl(bytes: Buffer): boolean {
  return bytes.subarray(0, MAGIC.length).equals(MAGIC);
}

interface Found {
  readonly keys: Set<string>;
  readonly digests: Set<string>;
  readonly certificates: RevokedCertificates[];
}

/** The error completes "it is a key revocation list, and …". */
export function readKrl(bytes: Buffer): Result<RevokedSigners, string> {
  const reader = new SshReader(bytes.subarray(MAGIC.length));
  const version = reader.uint32();
  if (version !== VERSION) return fail(`has format ${version ?? "?"}; ${VERSION} is known`);
  // Its own version, the date, flags, what is reserved, and a comment.
  for (let left = 3; left > 0; left -= 1) reader.uint64();
  reader.string();
  reader.string();
  const found: Found = { keys: new Set(), digests: new Set(), certificates: [] };
  while (!reader.atEnd) {
    const type = reader.raw(1)?.[0];
    const section = reader.string();
    if (type === undefined || section === undefined) return fail("is cut off");
    const fault = takeSection(found, type, section);
    if (fault !== undefined) return fail(fault);
  }
  return succeed(found);
}

/** What it is that cannot be read is refused: somebody relies on all of it. */
function takeSection(found: Found, type: number, section: Buffer): string | undefined {
  const damaged = `has a damaged section (${type})`;
  switch (type) {
    case 1: {
      const certificates = readCertificates(section);
      if (!certificates.ok) return certificates.error ?? damaged;
      found.certificates.push(certificates.value);
      return undefined;
    }
    case 2:
    case 3:
    case 5: {
      const list = new SshReader(section).list(MAX_ENTRIES);
      const into = type === 2 ? found.keys : found.digests;
      for (const one of list ?? []) into.add(one.toString(type === 2 ? "base64" : "hex"));
      return list === undefined ? damaged : undefined;
    }
    default:
      return `has a section (${type}) that is not known here`;
  }
}

/** The error is absent where it is damaged. */
function readCertificates(section: Buffer): Result<RevokedCertificates, string | undefined> {
  const reader = new SshReader(section);
  const authorityBlob = reader.string();
  reader.string();
  const keyIds = new Set<string>();
  const serials: (readonly [bigint, bigint])[] = [];
  while (!reader.atEnd) {
    const type = reader.raw(1)?.[0];
    const part = reader.string();
    if (type === undefined || part === undefined) return fail(undefined);
    if (type === 0x23) {
      const ids = new SshReader(part).list(MAX_ENTRIES);
      if (ids === undefined) return fail(undefined);
      for (const id of ids) keyIds.add(id.toString("utf8"));
      continue;
    }
    const ranges = { 0x20: listed, 0x21: range, 0x22: bitmap }[type];
    if (ranges === undefined) return fail(`has certificates (${type}) in a way that is not known here`);
    const found = ranges(new SshReader(part));
    if (found === undefined) return fail(undefined);
    for (const one of found) serials.push(one);
  }
  if (authorityBlob === undefined) return fail(undefined);
  return succeed({ keyIds, serials, ...(authorityBlob.length === 0 ? {} : { authorityBlob }) });
}

type Serials = (readonly [bigint, bigint])[] | undefined;

function listed(reader: SshReader): Serials {
  const found: (readonly [bigint, bigint])[] = [];
  while (!reader.atEnd) {
    const serial = reader.uint64();
    if (serial === undefined) return undefined;
    found.push([serial, serial]);
  }
  return found;
}

function range(reader: SshReader): Serials {
  const [low, high] = [reader.uint64(), reader.uint64()];
  return low === undefined || high === undefined || !reader.atEnd ? undefined : [[low, high]];
}

/** Bit i stands for the serial that is i more than the first. */
function bitmap(reader: SshReader): Serials {
  const first = reader.uint64();
  const bits = numberOf(reader.string() ?? Buffer.of(0x80));
  if (first === undefined || bits === undefined || !reader.atEnd || bits.length > MAX_BITMAP_BYTES)
    return undefined;
  const found: (readonly [bigint, bigint])[] = [];
  for (let at = 0; at < bits.length * 8; at += 1) {
    const serial = first + BigInt(at);
    if (((bits[bits.length - 1 - (at >> 3)] ?? 0) & (1 << (at & 7))) !== 0) found.push([serial, serial]);
  }
  return found;
}
