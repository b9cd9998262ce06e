import { expect, it } from "vitest";
import { conductLines } from "../../../src/reporters/lists/conduct.ts";
import * as plans from "../../../../../test/support/plans.ts";

it("tells times, retries and what each host has of its own", () => {
  const plain = plans.job({ hosts: 2 });
  expect(conductLines(plain)).toEqual(["no timeout, no retries"]);
  const hosts = [
    { name: "h1", pool: "dc1", user: "deploy", port: 2222, env: { A: "1" } },
    { name: "h2", pool: "dc1", user: "deploy", env: { A: "x y" } },
    { name: "h3", pool: "dc1", env: { A: "1" } },
  ];
  const work = { ...plans.WORK, timeoutMs: 90_000, become: true as const, secretEnv: { TOKEN: "api" } };
  const job = plans.job({
    hosts,
    work,
    retries: 2,
    retryDelayMs: 5000,
    retryOn: ["unreachable", "timedOut"],
  });
  const stepped = { ...job, stepped: true, waitMs: 30_000, deadlineMs: 3_600_000 };
  expect(conductLines(stepped)).toEqual([
    "timeout 1m30s, deadline of the job 1h, 2 retries after 5s where unreachable or timed out, waits 30s between steps, runs as root",
    "pool dc1",
    "user deploy on h[1-2]",
    "port 2222 on h1",
    'env A="1" on h[1,3]',
    'env A="x y" on h2',
    "env TOKEN from the secret api",
  ]);
});

it("tells which outputs are taken, and where", () => {
  const envFrom = { LEADER: { from: "elect", name: "leader" }, TOKEN: { from: "join", name: "token" } };
  const job = plans.job({ hosts: 1, work: { ...plans.WORK, outputs: true }, envFrom });
  expect(conductLines(job)).toEqual([
    "no timeout, no retries, outputs are taken",
    "env LEADER from output leader of elect, TOKEN from output token of join",
  ]);
});

it("is bounded where each host has a value of its own", () => {
  const hosts = plans.hosts(100).map((host, index) => ({ ...host, env: { N: String(index) } }));
  const lines = conductLines(plans.job({ hosts }));
  expect(lines).toHaveLength(10);
  expect(lines.at(-1)).toBe("… and 92 more values of env");
});
