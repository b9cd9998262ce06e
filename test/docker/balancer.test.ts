import { afterAll, beforeAll, expect, it } from "vitest";
import { until } from "../support/until.ts";
import { Compose, shownCommands } from "./compose.ts";

const MINUTE = 60_000;

const shown = shownCommands("## Behind a load balancer");
const [build = [], up = [], undrained = [], logs = [], drained = [], logsAgain = [], down = []] = shown;

const compose = new Compose();
beforeAll(async () => {
  await compose.must(...build);
  await compose.must(...up);
}, 30 * MINUTE);
afterAll(async () => {
  await compose.run("--profile", "balancer", "stop", "--timeout", "20");
  await until("all to be removed", async () => (await compose.run(...down)).code === 0, { withinMs: MINUTE });
}, 5 * MINUTE);

async function requests(): Promise<{ answered: number; lost: number }> {
  const said = await compose.must(...logs);
  const [, answered, lost] = /(\d+) answered, (\d+) lost/.exec(said) ?? [];
  return { answered: Number(answered), lost: Number(lost) };
}

it("has seven commands in docker/README.md", () => {
  expect(shown).toHaveLength(7);
  expect(logsAgain).toEqual(logs);
});

it("loses requests in a restart without drain, and none in one with stages", async () => {
  // As they say it each second: what was asked before the run has an end when 40 more were answered.
  const past = async (from: number) =>
    until("more answers", async () => {
      const now = await requests();
      return now.answered >= from + 40 && now;
    });
  expect((await past(0)).lost).toBe(0);
  const first = await compose.run(...undrained);
  expect(first.code, first.stdout + first.stderr).toBe(0);
  const between = await past((await requests()).answered);
  expect(between.lost).toBeGreaterThan(0);
  const second = await compose.run(...drained);
  expect(second.code, second.stdout + second.stderr).toBe(0);
  const end = await past((await requests()).answered);
  expect(end.answered - between.answered).toBeGreaterThan(80);
  expect(end.lost).toBe(between.lost);
});
