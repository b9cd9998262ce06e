import { Readable } from "node:stream";
import { expect, it } from "vitest";
import { readAtMost } from "../../src/usage/bounded-read.ts";

const MIB = Buffer.alloc(1024 * 1024, "x");

it("reads what is there, to its last byte", async () => {
  const read = await readAtMost(Readable.from([MIB, Buffer.from("y"), MIB.subarray(1)]), 2);
  expect(read.ok && read.value.length).toBe(2 * MIB.length);
});

it("leaves what has no end", async () => {
  let taken = 0;
  const endless = Readable.from(
    (function* () {
      for (;;) {
        taken += 1;
        yield MIB;
      }
    })(),
  );
  expect(await readAtMost(endless, 2)).toEqual({ ok: false, error: "has more than 2 MiB" });
  expect(endless.destroyed).toBe(true);
  expect(taken).toBeLessThan(50);
});
