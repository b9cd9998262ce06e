import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect } from "vitest";
import { bareEnv, startChild, type ChildProgram } from "../support/child-program.ts";
import { findProcessesMentioning } from "../support/processes-of.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { until, within } from "../support/until.ts";

const DEMO = fileURLToPath(new URL("../../examples/lab/dist/demo.js", import.meta.url));
const README = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

/** The demos of one test, each with its files in a folder that is the test's alone. */
export interface Demos {
  start(...args: readonly string[]): ChildProgram;
  /** Text in the environment of all their processes. */
  readonly mark: string;
  expectNothingLeft(): Promise<void>;
}

/** Called once at the top of a test file. */
export function useDemos(): Demos {
  let temp: TempDir;
  let demos: ChildProgram[];
  beforeEach(() => {
    temp = makeTempDir("demos");
    demos = [];
  });
  afterEach(async () => {
    await Promise.all(demos.map((demo) => demo.kill()));
    temp.remove();
  });
  return {
    start: (...args) => {
      const demo = startChild(process.execPath, [DEMO, ...args], {
        env: { ...bareEnv, HOME: temp.path, TMPDIR: temp.path },
      });
      demos.push(demo);
      return demo;
    },
    get mark() {
      return temp.path;
    },
    expectNothingLeft: async () => {
      expect(readdirSync(temp.path)).toEqual([]);
      await until("all processes to end", () => findProcessesMentioning(temp.path).length === 0, {
        lastSeen: () => findProcessesMentioning(temp.path),
      });
    },
  };
}

/** Waits until it ends well. */
export async function end(demo: ChildProgram): Promise<void> {
  const { code } = await within("the demo to end", demo.exited, 110_000);
  expect(code, demo.output()).toBe(0);
}

/** A line as it is with every run. */
const alike = (line: string): string =>
  line
    .replaceAll(/\d{8}-\d{6}-\w{8}/g, "ID")
    .replaceAll(/\/\S+\/roadrunner-/g, "/tmp/roadrunner-")
    .replaceAll(/roadrunner-(lab-)?\w{6}\b/g, "roadrunner-$1X")
    .replaceAll(/\d+/g, "0");

/** The README's section shows what the demo really says. */
export function expectShown(section: string, demo: ChildProgram): void {
  const [, text = ""] = README.split(`## ${section}\n`);
  const [, shown = ""] = /\n\n```\n([^]*?)```/.exec(text) ?? [];
  const lines = shown.split("\n").filter((line) => line !== "");
  expect(lines.length).toBeGreaterThan(2);
  expect(demo.stdout().split("\n").map(alike)).toEqual(expect.arrayContaining(lines.map(alike)));
}
