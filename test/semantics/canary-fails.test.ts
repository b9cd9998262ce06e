import { expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { play } from "./story.ts";

failOnLeftovers();

it("the canary fails: nobody else is touched, although 80% would be enough", async () => {
  const seen = await play({
    flow: {
      name: "canary fails",
      slots: [
        {
          jobs: [
            {
              name: "deploy",
              hosts: "h[1-100]",
              command: "deploy",
              success: "80%",
              stepSuccess: "100%",
              parallelism: [1, "50%"],
            },
          ],
        },
        { jobs: [{ name: "announce", hosts: "h1", command: "announce" }] },
      ],
    },
    script: ({ host }) => (host === "h1" ? { outcome: "failed", reason: "exit code 1" } : {}),
  });
  expect(seen.exitCode).toBe(1);
  expect(seen.fleet.starts).toEqual(["deploy h1 1"]);
  expect(seen.count("deploy", "skipped")).toBe(99);
  expect(seen.job("deploy")?.reason).toMatch(/step 1/);
});
