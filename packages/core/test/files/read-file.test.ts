import { expect, it } from "vitest";
import { readNamedFile } from "../../src/files/read-file.ts";

it("a device is read to its end, and not for ever", () => {
  expect(readNamedFile("/dev/null")).toEqual(Buffer.alloc(0));
  expect(() => readNamedFile("/dev/zero")).toThrow("it is no plain file, and gives over 16777216 bytes");
});
