import { readOptions } from "@roadrunner/core/cli";
import { expect, it } from "vitest";
import { workerOptions } from "../../src/cli/options.ts";

it("takes a pool that is named twice once", () => {
  expect(readOptions(workerOptions, { pool: "a,b,a" }, {})).toMatchObject({ value: { pool: ["a", "b"] } });
});
