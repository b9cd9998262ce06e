import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { names, Site } from "../support/site.ts";
import { ownFolder } from "../support/sshd.ts";

failOnLeftovers();

let site: Site;
beforeAll(async () => {
  site = await Site.start({ hosts: names("h", 40), workers: 2, concurrency: 40 });
});
afterAll(async () => {
  await site.stop();
});

/** The most of these intervals that overlap at one moment. */
function largestOverlap(intervals: readonly (readonly [number, number])[]): number {
  const changes = intervals.flatMap(([start, end]) => [
    { at: start, by: 1 },
    { at: end, by: -1 },
  ]);
  changes.sort((a, b) => a.at - b.at || a.by - b.by);
  let now = 0;
  let most = 0;
  for (const { by } of changes) {
    now += by;
    most = Math.max(most, now);
  }
  return most;
}

describe("parallelism", () => {
  it.each([
    ["25%", 10],
    [7, 7],
    [1, 1],
  ])("%s of 40 hosts is never more than %d at once, by the hosts' own clocks", async (parallelism, most) => {
    const file = `times-${most}`;
    const command = `${ownFolder}; s=$(date +%s%N); sleep 0.05; echo "$s $(date +%s%N)" >> $d/${file}`;
    const hosts = most === 1 ? "h[1-8]" : "h[1-40]";
    const { code } = await site.run({ name: "window", slots: [{ jobs: [{ hosts, command, parallelism }] }] });
    expect(code).toBe(0);
    const intervals = site.lines(file).map((line) => line.split(" ").map(Number) as [number, number]);
    expect(intervals).toHaveLength(most === 1 ? 8 : 40);
    const overlap = largestOverlap(intervals);
    expect(overlap).toBeLessThanOrEqual(most);
    // The window is used, too: a client that runs one by one would pass the bound above.
    if (most > 1) expect(overlap).toBeGreaterThan(most / 3);
  });
});
