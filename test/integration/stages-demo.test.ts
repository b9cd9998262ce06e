import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bareEnv, startChild, type ChildProgram } from "../support/child-program.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findProcessesMentioning } from "../support/processes-of.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { until, within } from "../support/until.ts";

failOnLeftovers();

const DEMO = fileURLToPath(new URL("../../examples/lab/dist/demo.js", import.meta.url));
const README = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

let temp: TempDir;
let demo: ChildProgram | undefined;
beforeEach(() => {
  temp = makeTempDir("stages-demo");
  demo = undefined;
});
afterEach(async () => {
  await demo?.kill();
  temp.remove();
});

function start(...args: readonly string[]): ChildProgram {
  demo = startChild(process.execPath, [DEMO, ...args], {
    env: { ...bareEnv, HOME: temp.path, TMPDIR: temp.path },
  });
  return demo;
}

async function expectNothingLeft(): Promise<void> {
  expect(readdirSync(temp.path)).toEqual([]);
  await until("all processes to end", () => findProcessesMentioning(temp.path).length === 0, {
    lastSeen: () => findProcessesMentioning(temp.path),
  });
}

/** A line as it is with every run. */
const alike = (line: string): string => line.replaceAll(/\d{8}-\d{6}-\w{8}/g, "ID").replaceAll(/\d+/g, "0");

test("a restart with stages loses no request, without drain it loses some", async () => {
  const child = start("stages");
  const { code } = await within("the demo to end", child.exited, 110_000);
  expect(code, child.output()).toBe(0);
  const said = new Map(
    [...child.stdout().matchAll(/^ {2}examples\/(\S+) +(\d+) answered, (\d+) lost/gm)].map(
      ([, flow = "", answered, lost]) => [flow, { answered: Number(answered), lost: Number(lost) }],
    ),
  );
  const undrained = said.get("restart-undrained.yaml");
  const drained = said.get("restart-drained.yaml");
  expect(undrained?.lost, child.output()).toBeGreaterThan(0);
  expect(drained?.lost, child.output()).toBe(0);
  // All the while: each of the eight clients again and again.
  expect(drained?.answered).toBeGreaterThan(3 * 8);
  expect(child.stdout().match(/shop succeeded: 4 of 4 ok/g)).toHaveLength(2);
  const [, shown = ""] = /## Without losing a request[^]*?\n\n```\n([^]*?)```/.exec(README) ?? [];
  const lines = shown.split("\n").filter((line) => line !== "" && !line.startsWith("$"));
  expect(lines.length).toBeGreaterThan(2);
  expect(child.stdout().split("\n").map(alike)).toEqual(expect.arrayContaining(lines.map(alike)));
  await expectNothingLeft();
});

test("stopped while its servers start, it leaves nothing", async () => {
  const child = start("stages");
  await child.waitFor("Starting a lab");
  await until("the load balancer to start", () =>
    findProcessesMentioning(temp.path).some(({ commandLine }) => commandLine.includes("balancer.js")),
  );
  child.signal("SIGTERM");
  expect((await within("the demo to end", child.exited)).code).toBe(143);
  await expectNothingLeft();
});

test("of a demo that there is not, those that there are are told", async () => {
  const child = start("stage");
  expect((await child.exited).code).toBe(2);
  expect(child.stderr()).toContain("There is no demo stage.");
  expect(child.stderr()).toContain("npm run demo -- stages");
});
