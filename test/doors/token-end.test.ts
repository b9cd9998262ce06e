import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { handOverOf, planOf } from "../coordinator/kit.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findProgram } from "../support/programs.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { DoorsKit, problemOf } from "./doors-kit.ts";

failOnLeftovers();

const HOUR_S = 3600;
const temp = makeTempDir("clock");
const offset = join(temp.path, "offset");
let kit: DoorsKit;

/** The coordinator's clock, and that of its store, which is in its process, go ahead. */
function passed(seconds: number): void {
  writeFileSync(offset, `+${seconds}\n`);
}

beforeAll(async () => {
  passed(0);
  const library = execFileSync(findProgram("faketime"), ["-f", "+0", "printenv", "LD_PRELOAD"]);
  kit = await DoorsKit.start([], {
    LD_PRELOAD: library.toString().trim(),
    FAKETIME_TIMESTAMP_FILE: offset,
    FAKETIME_NO_CACHE: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  });
  kit.keys.make("ada");
  kit.allow("ada");
});
afterAll(async () => {
  await kit.stop();
  temp.remove();
});

const statusOf = async (token: string): Promise<number> => (await kit.ask("GET", "/login", { token })).status;

it("a token is good for 12 hours; then it is over, what it watches ends, and another login is not touched", async () => {
  const { token, expires } = await kit.login("ada");
  expect(Math.round((Date.parse(expires) - Date.now()) / 1000 / HOUR_S)).toBe(12);
  const plan = planOf({ name: "long", slots: [{ jobs: [{ name: "a", hosts: "h1", command: "true" }] }] });
  const handOver = handOverOf(plan);
  expect((await kit.ask("POST", "/runs", { token, body: handOver })).status).toBe(201);
  passed(12 * HOUR_S - 60);
  const later = await kit.login("ada");
  const watched = [kit.watch(handOver.run, token), kit.watch(handOver.run, later.token)] as const;
  await until("both to watch", () => watched.every(({ isLetIn }) => isLetIn));
  expect(await statusOf(token)).toBe(200);
  passed(12 * HOUR_S + 1);
  expect(problemOf(await kit.ask("GET", "/login", { token }))).toMatchObject({
    ...{ status: 401, code: "notLoggedIn" },
    detail: "the login is over, or was never one of this store: log in again",
  });
  await until("what it watches to end", () => watched[0].isOver);
  expect(await statusOf(later.token)).toBe(200);
  expect(watched[1].isOver).toBe(false);
  watched[1].leave();
  passed(24 * HOUR_S);
  expect([await statusOf(later.token), await statusOf((await kit.login("ada")).token)]).toEqual([401, 200]);
});
