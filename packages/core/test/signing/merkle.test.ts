import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isIncluded, MerkleTree } from "../../src/signing/plan/merkle.ts";

/** The leaves of Certificate Transparency's own reference tests, and the roots of the first one, two, … of them. */
const LEAVES = [
  "",
  "00",
  "10",
  "2021",
  "3031",
  "40414243",
  "5051525354555657",
  "606162636465666768696a6b6c6d6e6f",
];
const ROOTS = [
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];
const texts = LEAVES.map((hex) => Buffer.from(hex, "hex").toString("latin1"));

describe("a Merkle tree", () => {
  test("of nothing has the hash of nothing", async () => {
    const { root } = await MerkleTree.of([]);
    expect(root.toString("hex")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  });

  test.each(ROOTS.map((root, index) => [index + 1, root] as const))(
    "of %i leaves has the root of RFC 9162",
    async (count, root) => {
      expect((await MerkleTree.of(texts.slice(0, count))).root.toString("hex")).toBe(root);
    },
  );

  test("has each leaf by its path, and nothing else", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 70 }),
        fc.nat(),
        fc.nat(),
        fc.nat(254),
        async (size, pick, other, bit) => {
          const leaves = Array.from({ length: size }, (_, index) => `leaf ${index}`);
          const made = await MerkleTree.of(leaves);
          const tree = { root: made.root, size };
          const index = pick % size;
          const path = made.path(index);
          const text = `leaf ${index}`;
          expect(isIncluded(text, { index, path }, tree)).toBe(true);
          expect(isIncluded(`${text}x`, { index, path }, tree)).toBe(false);
          const elsewhere = other % (size + 3);
          if (elsewhere !== index) expect(isIncluded(text, { index: elsewhere, path }, tree)).toBe(false);
          expect(isIncluded(text, { index, path: Buffer.concat([path, tree.root]) }, tree)).toBe(false);
          if (path.length === 0) return;
          expect(isIncluded(text, { index, path: path.subarray(32) }, tree)).toBe(false);
          expect(isIncluded(text, { index, path: path.subarray(1) }, tree)).toBe(false);
          const bent = Buffer.from(path);
          const at = other % bent.length;
          bent.writeUInt8((bent.readUInt8(at) ^ (bit + 1)) & 0xff, at);
          expect(isIncluded(text, { index, path: bent }, tree)).toBe(false);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("takes no node above the leaves for a leaf", async () => {
    const made = await MerkleTree.of(["a", "b", "c", "d"]);
    const [left, right] = [made.path(2).subarray(32), made.path(0).subarray(32)];
    const node = Buffer.concat([left, right]).toString("latin1");
    expect(isIncluded(node, { index: 0, path: Buffer.alloc(0) }, { root: made.root, size: 1 })).toBe(false);
  });
});
