import { hash as hashOf } from "node:crypto";
import { flooderOf, WORKER_SHARES, type Flooder, type ShareBounds } from "./replay-shares.ts";

/** Messages are forgotten together that end within the same minute. */
const SLOT_MS = 60_000;
/** Of SHA-256: nobody finds two messages with the same. */
const DIGEST_BYTES = 16;
/** Senders of one root that are counted one by one; what more of them send is counted as of one. */
const MOST_SENDERS = 1000;
const OTHERS = "\0others";

/** Whose share of the memory a message counts for. */
export interface MessageSource {
  /** What nobody can have more of by himself: a key that is let in, or an authority of certificates. */
  readonly root: string;
  /** One of those who send by it. */
  readonly sender: string;
}

/** `full`: it cannot be remembered, so it must not be taken; so many of that sender or root are. */
export type Seen =
  | { readonly kind: "new" | "seen" }
  | { readonly kind: "full"; readonly flooder: Flooder; readonly taken: number };

interface Root {
  readonly name: string;
  readonly senders: Map<string, Sender>;
  taken: number;
  sure: number;
}

interface Sender {
  readonly root: Root;
  readonly name: string;
  taken: number;
}

interface Slot {
  readonly digests: Set<string>;
  readonly taken: Map<Sender, number>;
}

/** Which messages a worker has taken, each for as long as it would be taken again, or a minute longer. */
export class ReplayMemory {
  /** By the minute in which what is in it ends. */
  readonly #slots = new Map<number, Slot>();
  readonly #roots = new Map<string, Root>();
  readonly #bounds: ShareBounds;
  #size = 0;

  constructor(bounds = WORKER_SHARES) {
    this.#bounds = bounds;
  }

  /**
   * Remembers a message until `untilMs`.
   * @param identity which no other message has, whoever is taken for its sender
   */
  take(identity: string, untilMs: number, nowMs: number, from: MessageSource): Seen {
    this.#forget(nowMs);
    const digest = digestOf(identity);
    for (const { digests } of this.#slots.values()) if (digests.has(digest)) return { kind: "seen" };
    const sender = this.#sender(from);
    const { root } = sender;
    const flooder = flooderOf(
      { all: this.#size, ofRoot: root.taken, sureOfRoot: root.sure, ofSender: sender.taken },
      this.#bounds,
    );
    if (flooder !== undefined)
      return { kind: "full", flooder, taken: flooder === "sender" ? sender.taken : root.taken };
    const slot = this.#slot(untilMs);
    slot.digests.add(digest);
    slot.taken.set(sender, (slot.taken.get(sender) ?? 0) + 1);
    this.#count(sender, 1);
    return { kind: "new" };
  }

  get size(): number {
    return this.#size;
  }

  #slot(untilMs: number): Slot {
    const at = Math.floor(untilMs / SLOT_MS);
    const slot = this.#slots.get(at) ?? { digests: new Set<string>(), taken: new Map<Sender, number>() };
    this.#slots.set(at, slot);
    return slot;
  }

  /** One of whom nothing is remembered is kept no longer than for this question, unless that is taken. */
  #sender({ root: rootName, sender: name }: MessageSource): Sender {
    const root = this.#roots.get(rootName) ?? {
      name: rootName,
      senders: new Map<string, Sender>(),
      taken: 0,
      sure: 0,
    };
    const known = root.senders.get(name);
    if (known !== undefined) return known;
    const counted = root.senders.size < MOST_SENDERS ? name : OTHERS;
    return root.senders.get(counted) ?? { root, name: counted, taken: 0 };
  }

  #count(sender: Sender, more: number): void {
    const { root } = sender;
    const { sure } = this.#bounds;
    const before = Math.min(sender.taken, sure);
    sender.taken += more;
    root.taken += more;
    root.sure += Math.min(sender.taken, sure) - before;
    this.#size += more;
    if (sender.taken > 0) root.senders.set(sender.name, sender);
    else root.senders.delete(sender.name);
    if (root.taken > 0) this.#roots.set(root.name, root);
    else this.#roots.delete(root.name);
  }

  #forget(nowMs: number): void {
    for (const [at, { taken }] of this.#slots) {
      if ((at + 1) * SLOT_MS > nowMs) continue;
      this.#slots.delete(at);
      for (const [sender, count] of taken) this.#count(sender, -count);
    }
  }
}

/** Short, and of a byte a character. */
function digestOf(identity: string): string {
  return hashOf("sha256", identity, "buffer").toString("latin1", 0, DIGEST_BYTES);
}
