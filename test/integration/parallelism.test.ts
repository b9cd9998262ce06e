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
    // The first ones wait for each other, so that the window fills on the slowest machine; what comes later does not.
    const begin = `${ownFolder}; s=$(date +%s%N); : >$d/begun-${most}`;
    const full = `while set -- "$RR_TEST_DIR"/*/begun-${most}; [ $# -lt ${most} ]; do sleep 0.05; done`;
    const command = `${begin}; ${full}; sleep 0.05; echo "$s $(date +%s%N)" >> $d/${file}`;
    const hosts = most === 1 ? "h[1-8]" : "h[1-40]";
    const jobs = [{ hosts, command, parallelism, timeout: "60s" }];
    expect(await site.run({ name: "window", slots: [{ jobs }] })).toMatchObject({ code: 0 });
    const intervals = site.lines(file).map((line) => line.split(" ").map(Number) as [number, number]);
    expect(intervals).toHaveLength(most === 1 ? 8 : 40);
    // Never more, and the window is used: a client that runs one by one would not get through.
    expect(largestOverlap(intervals)).toBe(most);
  });
});
