import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { names, outcomes, Site } from "../support/site.ts";
import { ownFolder } from "../support/sshd.ts";

failOnLeftovers();

let site: Site;
beforeAll(async () => {
  site = await Site.start({
    hosts: [...names("db", 10), ...names("api", 6), ...names("fe", 100)],
    workers: 2,
  });
});
afterAll(async () => {
  await site.stop();
});

/** The first example's shape; db hosts that `failing` names end with exit code 1. */
function flow(trace: string, failing: readonly string[] = [], frontEnds = 100) {
  const leave = `${ownFolder}; echo "$RR_JOB $RR_HOST" >> $d/${trace}`;
  const broken =
    failing.length === 0
      ? ""
      : `; case $RR_HOST in ${failing.join("|")}) echo "E: no pkg1" >&2; exit 1;; esac`;
  return {
    name: "deploy",
    slots: [
      {
        jobs: [
          { name: "pkg1", hosts: "db[1-10]", command: leave + broken, success: "80%" },
          { name: "pkg2", hosts: "api[1-6]", command: leave },
        ],
      },
      { jobs: [{ name: "restart", hosts: `fe[1-${frontEnds}]`, command: leave, parallelism: "50%" }] },
    ],
  };
}

describe("the first example's shape, through gearmand, two workers and sshd", () => {
  it("succeeds, each command once on each host, the slots in order", async () => {
    const { code, events, stderr } = await site.run(flow("succeeds"));
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(site.lines("succeeds").sort()).toEqual(
      [
        ...names("db", 10).map((host) => `pkg1 ${host}`),
        ...names("api", 6).map((host) => `pkg2 ${host}`),
        ...names("fe", 100).map((host) => `restart ${host}`),
      ].sort(),
    );
    expect([...outcomes(events).values()].every((outcome) => outcome === "ok")).toBe(true);
    const firstRestart = events.findIndex(
      (event) => event.type === "task.started" && event.job === "restart",
    );
    const lastOfSlot1 = events.findLastIndex((event) => event.type === "task.ended" && event.slot === 1);
    expect(firstRestart).toBeGreaterThan(lastOfSlot1);
    const workers = new Set(events.flatMap((event) => (event.type === "task.ended" ? [event.worker] : [])));
    expect(workers.size).toBe(2);
    expect(events.at(-1)).toMatchObject({ type: "run.ended", verdict: "succeeded" });
  });

  it("bears two db hosts that fail, and says which", async () => {
    const { code, stdout } = await site.submit(flow("bears", ["db3", "db7"], 10));
    expect(code).toBe(0);
    expect(stdout).toContain("pkg1 succeeded: 8 of 10 ok, needed 8, 2 failed");
    expect(stdout).toMatch(/db\[3,7\] \(2\) failed: exit code 1\n\s+\| E: no pkg1/);
    expect(site.lines("bears")).toHaveLength(26);
  });

  it("fails with three db hosts that fail, and never starts slot 2", async () => {
    const { code, stdout } = await site.submit(flow("fails", ["db2", "db5", "db9"]));
    expect(code).toBe(1);
    expect(stdout).toContain("needs 8 of 10");
    expect(stdout).toContain("restart: never started, 100 hosts");
    expect(site.lines("fails").filter((line) => line.startsWith("restart"))).toEqual([]);
  });
});
