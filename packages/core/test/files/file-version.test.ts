import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { FileCache } from "../../src/files/file-version.ts";

const dir = mkdtempSync(join(tmpdir(), "rr-test-files-"));
afterAll(() => rmSync(dir, { recursive: true }));

/** Says how often it was asked. */
function counting(): { readonly cache: FileCache<string>; readonly asked: () => number } {
  let count = 0;
  const cache = new FileCache((read) => {
    count += 1;
    return read.ok ? read.value.toString() : (read.error.code ?? "");
  });
  return { cache, asked: () => count };
}

test("a file is read once, and again when it has changed", () => {
  const { cache, asked } = counting();
  const path = join(dir, "file");
  expect([cache.get(path), cache.get(path), asked()]).toEqual(["ENOENT", "ENOENT", 1]);
  writeFileSync(path, "text");
  expect([cache.get(path), cache.get(path), asked()]).toEqual(["text", "text", 2]);
});

test.each([
  ["what the file is", dir, "EISDIR", 1],
  ["the system's state at that moment", "/proc/self/mem", "EIO", 2],
])("of a failure that tells of %s: %s, asked twice", (_, path, code, times) => {
  const { cache, asked } = counting();
  expect([cache.get(path), cache.get(path), asked()]).toEqual([code, code, times]);
});
