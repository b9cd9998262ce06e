import { ID_PATTERN, readOptions } from "@roadrunner/core/cli";
import { expect, it } from "vitest";
import { freshWorkerId, workerOptions } from "../../src/options/options.ts";

it("takes a pool that is named twice once", () => {
  expect(readOptions(workerOptions, { pool: "a,b,a" }, {})).toMatchObject({ value: { pool: ["a", "b"] } });
});

it("makes an id that no other process has of a name that leaves room for it", () => {
  expect(readOptions(workerOptions, { id: "x".repeat(36) }, {})).toMatchObject({ ok: false });
  const named = readOptions(workerOptions, { id: "x".repeat(35) }, {});
  if (!named.ok) throw new Error(named.error.join());
  const ids = ["abcd", "efgh"].map((random) => freshWorkerId(named.value.id, random));
  expect(ids).toEqual([`${"x".repeat(35)}-abcd`, `${"x".repeat(35)}-efgh`]);
  for (const id of [...ids, freshWorkerId(undefined, "abcd")]) expect(id).toMatch(ID_PATTERN);
});
