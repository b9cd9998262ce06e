import { expect, test } from "vitest";
import { suggest } from "../../../src/flow/schema/suggest.ts";
import { Job } from "../../../src/flow/schema/job-schema.ts";

test.each([
  ["comand", "command"],
  ["Success", "success"],
  ["hots", "hosts"],
  ["tiemout", "timeout"],
  ["retrys", "retries"],
  ["paralellism", "parallelism"],
  ["PARALLELISM", "parallelism"],
  ["onlyIfOK", "onlyIfOk"],
  ["failedHostsHoldPlace", "failedHostsHoldPlaces"],
  ["xyz", undefined],
  ["n", undefined],
  ["", undefined],
  ["x".repeat(1000), undefined],
])("%s: %s", (word, meant) => {
  expect(suggest(word, Object.keys(Job.shape))).toBe(meant);
});
