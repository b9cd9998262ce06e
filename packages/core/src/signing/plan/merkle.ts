import { hash as hashOf } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";

/** Merkle trees and inclusion proofs, as RFC 9162 section 2.1 has them, over SHA-256. */

const HASH_BYTES = 32;
const NODE = Buffer.from([1]);
/** Whoever makes a large tree has other things to do as well. */
const LEAVES_A_TURN = 2000;

/** The byte 0, and then the text. */
export function leafHash(text: string): Buffer {
  return hashOf("sha256", `\0${text}`, "buffer");
}

function nodeHash(left: Buffer, right: Buffer): Buffer {
  return hashOf("sha256", Buffer.concat([NODE, left, right]), "buffer");
}

/** A tree over texts in their order, with the path of each one to its root. */
export class MerkleTree {
  /** Hashes one behind the other: those of the leaves, of what is above them, and so on up to the root. */
  readonly #levels: readonly Buffer[];

  private constructor(levels: readonly Buffer[]) {
    this.#levels = levels;
  }

  static async of(texts: Iterable<string>): Promise<MerkleTree> {
    const leaves: Buffer[] = [];
    for (const text of texts) {
      leaves.push(leafHash(text));
      if (leaves.length % LEAVES_A_TURN === 0) await nextTurn();
    }
    let level: Buffer = Buffer.concat(leaves);
    const levels = [level];
    while (level.length > HASH_BYTES) {
      level = above(level);
      levels.push(level);
      await nextTurn();
    }
    return new MerkleTree(levels);
  }

  get size(): number {
    return (this.#levels[0]?.length ?? 0) / HASH_BYTES;
  }

  /** Of no leaves it is the hash of nothing. */
  get root(): Buffer {
    const top = this.#levels.at(-1);
    return top === undefined || top.length === 0 ? hashOf("sha256", "", "buffer") : top;
  }

  /** The hashes beside the way from a leaf to the root, one behind the other, lowest first. */
  path(index: number): Buffer {
    const path: Buffer[] = [];
    let at = index;
    for (const level of this.#levels) {
      const beside = hashAt(level, at % 2 === 0 ? at + 1 : at - 1);
      if (beside !== undefined) path.push(beside);
      at = Math.floor(at / 2);
    }
    return Buffer.concat(path);
  }
}

/** One without a neighbour goes up as it is. */
function above(level: Buffer): Buffer {
  const hashes: Buffer[] = [];
  for (let at = 0; at * HASH_BYTES < level.length; at += 2) {
    const [left, right] = [hashAt(level, at), hashAt(level, at + 1)];
    if (left !== undefined) hashes.push(right === undefined ? left : nodeHash(left, right));
  }
  return Buffer.concat(hashes);
}

function hashAt(level: Buffer, index: number): Buffer | undefined {
  if (index < 0 || (index + 1) * HASH_BYTES > level.length) return undefined;
  return level.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
}

export interface Inclusion {
  /** From 0. */
  readonly index: number;
  readonly path: Buffer;
}

/** Whether a leaf is in the tree of this root and size: RFC 9162 section 2.1.3.2. */
export function isIncluded(
  text: string,
  { index, path }: Inclusion,
  tree: { readonly root: Buffer; readonly size: number },
): boolean {
  if (index >= tree.size || path.length % HASH_BYTES !== 0) return false;
  let [at, last] = [index, tree.size - 1];
  let hash = leafHash(text);
  for (let level = 0; level * HASH_BYTES < path.length; level += 1) {
    if (last === 0) return false;
    const beside = path.subarray(level * HASH_BYTES, (level + 1) * HASH_BYTES);
    if (at % 2 === 1 || at === last) {
      hash = nodeHash(beside, hash);
      while (at % 2 === 0 && at !== 0) [at, last] = [at / 2, Math.floor(last / 2)];
    } else hash = nodeHash(hash, beside);
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return last === 0 && hash.equals(tree.root);
}
