import { afterAll, beforeAll, expect, it } from "vitest";
import { until } from "../support/until.ts";
import { Compose, execIn, shownCommands } from "./compose.ts";

const MINUTE = 60_000;

const shown = shownCommands("## With a coordinator");
const [build = [], up = [], leave = [], kill = [], again = [], attach = [], down = []] = shown;

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

it("carries a run on PostgreSQL, through a kill of the coordinator, and runs nothing twice", async () => {
  const ready = async () => {
    const [coordinator = ""] = await compose.containers("coordinator");
    const ask = 'fetch("http://127.0.0.1:9464/readyz").then((a) => process.exit(a.ok ? 0 : 1))';
    return (await execIn(coordinator, "node", "-e", ask)).code === 0;
  };
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
