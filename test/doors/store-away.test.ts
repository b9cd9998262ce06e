import { afterAll, beforeAll, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startPostgres, type Postgres } from "../support/postgres.ts";
import { DoorsKit, problemOf } from "./doors-kit.ts";

failOnLeftovers();

let postgres: Postgres;
let kit: DoorsKit;

beforeAll(async () => {
  postgres = await startPostgres();
  kit = await DoorsKit.start([], { RR_STORE: await postgres.makeDatabase() });
});
afterAll(async () => {
  await kit.stop();
  await postgres.remove();
});

it("a stranger hears nothing of the store while it is away, and the log says where it is", async () => {
  await postgres.stop();
  const untold = {
    status: 503,
    code: "storeFault",
    detail: "who may log in cannot be told just now: the coordinator's log says why",
  };
  const asking = { token: `rrt_${"a".repeat(43)}` };
  expect(problemOf(await kit.ask("GET", "/runs", asking))).toMatchObject(untold);
  expect(problemOf(await kit.ask("GET", "/health", asking))).toMatchObject(untold);
  expect(problemOf(await kit.ask("POST", "/login/challenge"))).toMatchObject(untold);
  await kit.program.waitFor("who may log in cannot be told");
  expect(kit.program.output()).toContain(`127.0.0.1:${postgres.port}`);
});
