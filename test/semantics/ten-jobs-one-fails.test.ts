import { expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { play } from "./story.ts";

failOnLeftovers();

const jobs = Array.from({ length: 10 }, (_, index) => ({
  name: `job${index + 1}`,
  hosts: `j${index + 1}-[1-10]`,
  command: "work",
  parallelism: 2,
}));
const script = ({ job }: { job: string }) =>
  job === "job4" ? ({ outcome: "failed", reason: "exit code 1" } as const) : { afterMs: 20 };

it("a slot of ten jobs of which one fails: the others run to their end, the next slot is never started", async () => {
  const seen = await play({
    flow: { name: "ten jobs", slots: [{ jobs }, { jobs: [{ name: "next", hosts: "n1", command: "next" }] }] },
    script,
  });
  expect(seen.exitCode).toBe(1);
  expect(jobs.filter(({ name }) => seen.job(name)?.verdict === "succeeded")).toHaveLength(9);
  expect(seen.job("job4")?.verdict).toBe("failed");
  expect(seen.fleet.startsOf("next")).toEqual([]);
  expect(seen.outcomes.get("next n1")).toBe("skipped");
});

it("with failFast the other nine stop", async () => {
  const seen = await play({ flow: { name: "ten jobs", slots: [{ jobs, failFast: true }] }, script });
  expect(seen.exitCode).toBe(1);
  expect(seen.job("job4")?.verdict).toBe("failed");
  expect(jobs.filter(({ name }) => seen.job(name)?.verdict === "cancelled")).toHaveLength(9);
  expect(seen.fleet.starts.length).toBeLessThan(60);
});
