import { expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { play } from "./story.ts";

failOnLeftovers();

it("a rollback in finally runs after the failure, and does not hide it", async () => {
  const seen = await play({
    flow: {
      name: "rollback",
      slots: [
        { jobs: [{ name: "deploy", hosts: "h[1-4]", command: "deploy" }] },
        { jobs: [{ name: "enable", hosts: "h[1-4]", command: "enable" }] },
      ],
      finally: [{ jobs: [{ name: "rollback", hosts: "h[1-4]", command: "rollback" }] }],
    },
    script: ({ job, host }) =>
      job === "deploy" && host === "h2" ? { outcome: "failed", reason: "exit code 7" } : {},
  });
  expect(seen.exitCode).toBe(1);
  expect(seen.fleet.startsOf("enable")).toEqual([]);
  expect(seen.count("rollback", "ok")).toBe(4);
  expect(seen.events.at(-1)).toMatchObject({
    type: "run.ended",
    verdict: "failed",
    reason: expect.stringContaining("deploy") as string,
  });
});
