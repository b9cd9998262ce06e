import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { jobNumbers } from "../../src/rollout/plan/job-numbers.ts";
import { jobOf, names, planOf } from "./reading.ts";

const examples = new URL("../../../../examples/", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, examples), "utf8");

const flows = readdirSync(examples).filter(
  (name) => /\.(json|jsonc|yaml)$/.test(name) && !name.endsWith(".schema.json") && name !== "inventory.yaml",
);

describe("every example", () => {
  test("is there", () => {
    expect(flows).toEqual(
      expect.arrayContaining([
        "deploy.json",
        "elect-a-leader.yaml",
        "maintenance.jsonc",
        "rolling-restart.yaml",
        "upgrade-with-gates.yaml",
      ]),
    );
  });

  test.each(flows)("%s resolves without a warning, alone and with the inventory", (name) => {
    for (const around of [{}, { inventory: read("inventory.yaml") }]) {
      expect(planOf(read(name), around).notes.filter(({ warning }) => warning)).toEqual([]);
    }
  });
});

test("deploy.json comes to the numbers that its reader expects", () => {
  const planned = planOf(read("deploy.json"));
  expect(planned.plan.slots.map((slot) => slot.jobs.map(({ name }) => name))).toEqual([
    ["pkg1", "pkg2"],
    ["restart"],
  ]);
  const numbers = [0, 1, 2].map((index) => {
    const job = jobOf(planned, index);
    const { hosts, need, window } = jobNumbers(job, job.hosts.length);
    return { hosts, need, window };
  });
  expect(numbers).toEqual([
    { hosts: 10, need: 8, window: 10 },
    { hosts: 6, need: 6, window: 6 },
    { hosts: 100, need: 100, window: 50 },
  ]);
});

test("deploy.json with inventory.yaml reaches each host as the inventory says", () => {
  const planned = planOf(read("deploy.json"), {
    inventory: read("inventory.yaml"),
    limit: "@us",
    exclude: ["db[8-10]"],
  });
  expect(jobOf(planned, 0).hosts).toEqual([
    { name: "db6", user: "dba", pool: "us", env: { REGION: "us" } },
    {
      name: "db7",
      address: "db7-new.example.com",
      port: 2222,
      user: "dba",
      pool: "us",
      env: { REGION: "us" },
    },
  ]);
  expect(names(jobOf(planned, 1))).toEqual(["api4", "api5", "api6"]);
});

test("rolling-restart.yaml has the steps that its description promises", () => {
  const job = jobOf(planOf(read("rolling-restart.yaml")), 1);
  const { steps, need, tolerate } = jobNumbers(job, job.hosts.length);
  expect(steps.map(({ size }) => size)).toEqual([1, 1, 9, 7]);
  expect([need, tolerate.unreachable, tolerate.timedOut]).toEqual([17, 1, 0]);
});

test("elect-a-leader.yaml takes in its second job what its first one writes", () => {
  const planned = planOf(read("elect-a-leader.yaml"));
  expect(jobOf(planned, 0).work?.outputs).toBe(true);
  expect(jobOf(planned, 1).envFrom).toEqual({ LEADER: { from: "elect", name: "leader" } });
});
