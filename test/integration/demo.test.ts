import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bareEnv, startChild, type ChildProgram } from "../support/child-program.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findProcessesMentioning } from "../support/processes-of.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { until, within } from "../support/until.ts";

failOnLeftovers();

const DEMO = fileURLToPath(new URL("../../examples/lab/dist/demo.js", import.meta.url));

let temp: TempDir;
let demo: ChildProgram;
beforeEach(() => {
  temp = makeTempDir("demo");
  // As from an icon or a cron job: no terminal, nothing of the tester's environment but PATH.
  demo = startChild(process.execPath, [DEMO], { env: { ...bareEnv, HOME: temp.path, TMPDIR: temp.path } });
});
afterEach(async () => {
  await demo.kill();
  temp.remove();
});

async function expectNothingLeft(): Promise<void> {
  expect(readdirSync(temp.path)).toEqual([]);
  await until("all processes to end", () => findProcessesMentioning(temp.path).length === 0, {
    lastSeen: () => findProcessesMentioning(temp.path),
  });
}

test("the demo runs the first example's shape, one db host fails, and nothing is left", async () => {
  const { code } = await within("the demo to end", demo.exited, 100_000);
  expect(demo.output()).toContain("pkg1: no space left on device");
  expect(demo.stdout().split("What the hosts' folders hold:\n")[1]?.trimEnd().split("\n")).toEqual([
    "  db  9 of 10 installed pkg1, once each (not db7)",
    "  api 6 of 6 installed pkg2, once each",
    "  fe  100 of 100 restarted, once each",
  ]);
  expect(code).toBe(0);
  await expectNothingLeft();
});

test("stopped half-way it lets what runs finish, and leaves nothing either", async () => {
  // Two seconds of the flow are still to come.
  await demo.waitFor("pkg1 started on");
  demo.signal("SIGINT");
  const { code } = await within("the demo to end", demo.exited, 100_000);
  const restarted = /fe {2}(\d+) of 100 restarted, once each/.exec(demo.stdout())?.[1];
  expect(Number(restarted)).toBeLessThan(100);
  expect(code).toBe(130);
  await expectNothingLeft();
});

test("stopped before the first host, it runs nothing", async () => {
  await demo.waitFor("Harmless");
  demo.signal("SIGTERM");
  const { code } = await within("the demo to end", demo.exited, 100_000);
  expect(code).not.toBe(0);
  expect(demo.output()).not.toContain("restart started on");
  await expectNothingLeft();
});
