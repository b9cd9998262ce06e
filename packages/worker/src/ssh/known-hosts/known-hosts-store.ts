import { randomBytes } from "node:crypto";
import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  statSync,
} from "node:fs";
import { dirname } from "node:path";
import { FileCache, type ReadFile } from "@roadrunner/core/files";
import type { HostKeySettings } from "../config/host-settings.ts";
import { KnownHosts, knownHostsLine, type KnownKey } from "./known-hosts.ts";
import { messageOf } from "../../transport/problem.ts";

export interface KnownForHost {
  /** What is known under the host's own names. */
  readonly keys: readonly KnownKey[];
  /** Under its name without the port. */
  readonly alsoKeys: readonly KnownKey[];
  /** Files that the worker's own option names, and that tell nothing now. */
  readonly unread: readonly UnreadFile[];
}

export interface UnreadFile {
  readonly file: string;
  /** Such as ENOENT. */
  readonly code: string;
}

interface KnownFile {
  readonly known: KnownHosts;
  readonly unread?: UnreadFile;
}

/** The known_hosts files, read again when they change, and what was accepted where they cannot be written. */
export class KnownHostsStore {
  readonly #files = new FileCache(parsed);
  readonly #accepted = new KnownHosts("accepted by this worker", "");

  keysFor(settings: HostKeySettings): KnownForHost {
    const read = settings.files.map((file) => this.#files.get(file));
    const known = [...read.map((one) => one.known), this.#accepted];
    const under = (names: readonly string[]) =>
      names.flatMap((name) => known.flatMap((one) => one.keysFor(name)));
    return {
      keys: under(settings.names),
      alsoKeys: under(settings.namesWithoutPort),
      unread: settings.filesAreNamed ? read.flatMap(({ unread }) => unread ?? []) : [],
    };
  }

  /**
   * Writes a new key to the first file, in one write that leaves other writers' lines whole; whoever asks
   * afterwards finds it known, so of many connections one writes. Returns why it could not be written: the
   * key is then known to this process alone.
   */
  accept(settings: HostKeySettings, blob: Buffer): string | undefined {
    const [name] = settings.names;
    const [file] = settings.files;
    try {
      if (file === undefined) throw new Error("there is no known_hosts file to write to");
      const { known } = this.#files.get(file);
      const before = sizeOf(file);
      const line = knownHostsLine(name, blob, settings.hashNames ? randomBytes(20) : undefined);
      const text = endsInLine(file) ? line : `\n${line}`;
      // Only ~/.ssh itself is made, as ssh does.
      if (!existsSync(dirname(file))) mkdirSync(dirname(file), { mode: 0o700 });
      appendFileSync(file, text, { mode: 0o600 });
      // Another size: somebody else wrote as well, and the file is read again.
      if (sizeOf(file) === before + text.length) {
        known.add(text);
        this.#files.keep(file, { known });
      }
      return undefined;
    } catch (error) {
      this.#accepted.add(knownHostsLine(name, blob));
      return messageOf(error);
    }
  }
}

/** A file that is not there, or not ours to read, knows nobody, as in ssh. */
function parsed(read: ReadFile, file: string): KnownFile {
  if (read.ok) return { known: new KnownHosts(file, read.value.toString("utf8")) };
  const { code = "unreadable" } = read.error;
  return { known: new KnownHosts(file, ""), unread: { file, code } };
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Whether the file's last line is ended (or there is none), so that a line can be appended. */
function endsInLine(file: string): boolean {
  let descriptor: number;
  try {
    descriptor = openSync(file, "r");
  } catch {
    return true;
  }
  try {
    const { size } = fstatSync(descriptor);
    const last = Buffer.alloc(1);
    return size === 0 || readSync(descriptor, last, 0, 1, size - 1) === 0 || last.toString() === "\n";
  } finally {
    closeSync(descriptor);
  }
}
