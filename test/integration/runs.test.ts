import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { runSubmit } from "../support/processes.ts";
import { makeTempDir } from "../support/temp-dir.ts";

failOnLeftovers();

const temp = makeTempDir("runs");
const DAMAGED = ["20240101-000000-abcdefg2", "20240102-000000-abcdefg2"] as const;

async function rr(...args: readonly string[]) {
  return runSubmit(args, { home: temp.path, env: { XDG_STATE_HOME: join(temp.path, "state") } });
}

/** The ids that are listed, in their order. */
async function listed(...args: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await rr("runs", ...args);
  return [...stdout.matchAll(/^\d{8}-\d{6}-\w{8}/gm)].map(([id]) => id);
}

let failed: string;
beforeAll(async () => {
  const flow = join(temp.path, "flow.json");
  const jobs = [{ hosts: "nobody.invalid", command: "true" }];
  writeFileSync(flow, JSON.stringify({ name: "deploy", slots: [{ jobs }] }));
  const { code, stderr } = await rr(flow, "--local", "--output", "quiet");
  if (code !== 1) throw new Error(stderr);
  const folder = join(temp.path, "state", "roadrunner", "runs");
  for (const run of DAMAGED) writeFileSync(join(folder, `${run}.ndjson`), "no event\n");
  [failed = ""] = await listed("--last", "1");
});
afterAll(() => temp.remove());

it("lists the newest run first", async () => {
  expect(await listed()).toEqual([failed, DAMAGED[1], DAMAGED[0]]);
});

it("takes only runs of a flow, in a state, and so many", async () => {
  expect(await listed("--flow", "deploy", "--state", "failed")).toEqual([failed]);
  expect(await listed("--state", "damaged", "--last", "1")).toEqual([DAMAGED[1]]);
  const none = await rr("runs", "--flow", "other");
  expect(none).toMatchObject({ code: 0 });
  expect(none.stdout).toMatch(/^no run of that kind is in \//);
  const wrong = await rr("runs", "--state", "broken");
  expect(wrong).toMatchObject({ code: 2 });
  expect(wrong.stderr).toContain('--state: "broken" is not one of succeeded, failed');
});
