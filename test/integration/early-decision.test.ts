import { describe, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { names, outcomes, Site } from "../support/site.ts";
import { ownFolder } from "../support/sshd.ts";

failOnLeftovers();

describe("a job that is decided early", () => {
  it("starts at most 40 of 1000 commands on 10 places when the first host fails", async () => {
    const site = await Site.start({ hosts: names("h", 1000), workers: 1, concurrency: 10 });
    try {
      const command = `${ownFolder}; echo x >> $d/started; [ $RR_HOST = h1 ] && exit 1; sleep 0.3`;
      const { code, events, stdout } = await site.run({
        name: "early",
        slots: [
          { jobs: [{ name: "all", hosts: "h[1-1000]", command, success: "100%", parallelism: "100%" }] },
        ],
      });
      expect(code, stdout.slice(-2000)).toBe(1);
      const started = site.lines("started").length;
      expect(started).toBeGreaterThanOrEqual(1);
      expect(started).toBeLessThanOrEqual(40);
      const ended = outcomes(events);
      expect(ended.size).toBe(1000);
      expect([...ended.values()].filter((outcome) => outcome === "skipped")).toHaveLength(1000 - started);
      expect(events.findLast((event) => event.type === "job.ended")).toMatchObject({
        verdict: "failed",
        reason: expect.stringContaining("needs 1000 of 1000") as string,
      });
    } finally {
      await site.stop();
    }
  });
});
