import { afterEach, expect, test } from "vitest";
import { startGearmand, type Gearmand } from "../support/gearmand.ts";
import { failOnLeftovers } from "../support/leak-check.ts";

failOnLeftovers();

const started: Gearmand[] = [];
async function start(...args: Parameters<typeof startGearmand>): Promise<Gearmand> {
  const gearmand = await startGearmand(...args);
  started.push(gearmand);
  return gearmand;
}
afterEach(async () => {
  await Promise.all(started.splice(0).map((gearmand) => gearmand.stop()));
});

test("a gearmand answers, and two have two ports", async () => {
  const [a, b] = await Promise.all([start(), start()]);
  expect(a.port).not.toBe(b.port);
  expect(await a.admin("version")).toMatch(/^OK \d/);
  expect(await b.status("nobody")).toEqual({ total: 0, running: 0, workers: 0 });
  await a.admin("create function here");
  expect(await a.admin("status")).toMatch(/^\w+\t0\t0\t0\n$/);
});

test("the flags are the recommended ones unless others are given", async () => {
  await expect(start({ args: ["--no-such-flag"] })).rejects.toThrow(/did not start[^]*no-such-flag/);
  expect((await start({ args: [] })).log()).not.toContain("error");
});

test("killed, paused and started again on the same port", async () => {
  const gearmand = await start();
  const { pid } = gearmand;
  gearmand.pause();
  await expect(gearmand.admin("version")).rejects.toThrow("did not answer");
  gearmand.continue();
  await gearmand.admin("version");
  await gearmand.kill();
  await expect(gearmand.admin("version")).rejects.toThrow("ECONNREFUSED");
  await gearmand.restart();
  expect(await gearmand.admin("getpid")).toBe(`OK ${gearmand.pid}`);
  expect(gearmand.pid).not.toBe(pid);
});

test("a port that is taken: told, where that port was asked for", async () => {
  const { port } = await start();
  await expect(start({ port })).rejects.toThrow(/did not start on port \d+: the port is taken/);
});
