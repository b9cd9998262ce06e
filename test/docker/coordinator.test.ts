import { afterAll, beforeAll, expect, it } from "vitest";
import { until } from "../support/until.ts";
import { Compose, execIn, shownCommands } from "./compose.ts";

const MINUTE = 60_000;

const shown = shownCommands("## With a coordinator");
const [build = [], up = [], leave = [], kill = [], again = [], attach = [], down = []] = shown;

const [, login = [], leaveByLogin = [], attachByLogin = [], status = []] = shownCommands("### By a login");

const compose = new Compose();
beforeAll(async () => {
  await compose.must(...build);
  await compose.must(...up);
}, 30 * MINUTE);
afterAll(async () => {
  await compose.run("--profile", "coordinator", "stop", "--timeout", "20");
  await until("all to be removed", async () => (await compose.run(...down)).code === 0, { withinMs: MINUTE });
}, 5 * MINUTE);

it("has seven commands in docker/README.md", () => {
  expect(shown).toHaveLength(7);
  expect(again).toEqual(up);
});

const ready = async () => {
  const [coordinator = ""] = await compose.containers("coordinator");
  const ask = 'fetch("http://127.0.0.1:9464/readyz").then((a) => process.exit(a.ok ? 0 : 1))';
  return (await execIn(coordinator, "node", "-e", ask)).code === 0;
};

it("carries a run on PostgreSQL, through a kill of the coordinator, and runs nothing twice", async () => {
  await until("the coordinator", ready, { withinMs: 2 * MINUTE });
  const left = await compose.must(...leave);
  const [run = ""] = /\d{8}-\d{6}-\w{8}/.exec(left) ?? [];
  expect(run).not.toBe("");
  await compose.must(...kill);
  await compose.must(...again);
  await until("the coordinator", ready, { withinMs: 2 * MINUTE });
  const attached = await compose.run(...attach);
  expect(attached.code, attached.stdout + attached.stderr).toBe(0);
  expect(attached.stdout).toContain(`run ${run} (deploy) succeeded`);
  for (const host of ["fe1", "fe2", "fe3", "fe4"]) {
    const restarts = await compose.must("exec", "-T", host, "cat", "/home/deploy/restarts");
    expect(restarts.trim().split("\n"), host).toHaveLength(1);
  }
});

it("lets an operator in over TLS who has its key, and sees the same runs by socket and by login", async () => {
  await until("the coordinator", ready, { withinMs: 2 * MINUTE });
  expect(await compose.must(...login)).toContain(
    "logged in to https://coordinator:4780 as operator, role own, until ",
  );
  const left = await compose.must(...leaveByLogin);
  const [run = ""] = /\d{8}-\d{6}-\w{8}/.exec(left) ?? [];
  const attached = await compose.run(...attachByLogin);
  expect(attached.code, attached.stdout + attached.stderr).toBe(0);
  expect(attached.stdout).toContain(`run ${run} (deploy) succeeded`);
  const told = await compose.must(...status);
  expect(told).toContain("  logged in as operator, role own, until ");
  expect(told).toMatch(/its job servers and workers:\ngearmand:4730: version/);
  const onSocket = ["run", "--rm", "-e", "RR_COORDINATOR=unix:/run/roadrunner/coordinator.sock", "submit"];
  expect(await compose.must(...onSocket, "report", run)).toContain("\nhanded over by operator\n");
  const ask = 'fetch("https://coordinator:4780/api/v1/runs").then((answer) => console.log(answer.status))';
  const stranger = ["run", "--rm", "-e", "NODE_EXTRA_CA_CERTS=/operator/coordinator.crt"];
  expect(await compose.must(...stranger, "--entrypoint", "node", "operator", "-e", ask)).toContain("401");
});
