import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { loadedPackages } from "../support/loaded-packages.ts";
import { runSubmit, startSubmit, startWorker } from "../support/processes.ts";
import { submitHere } from "../support/submit-here.ts";
import { makeTempDir } from "../support/temp-dir.ts";

failOnLeftovers();

/** All packages that ours depend on, but for the one that reads the command line. */
const dependencies = ["core", "engine", "worker", "flow-client"].flatMap((name) => {
  const file = new URL(`../../packages/${name}/package.json`, import.meta.url);
  const { dependencies } = JSON.parse(readFileSync(file, "utf8")) as { dependencies: object };
  return Object.keys(dependencies).filter((name) => name !== "yargs" && !name.startsWith("@roadrunner/"));
});

async function loadedOf(start: typeof startSubmit, args: readonly string[]): Promise<readonly string[]> {
  const loaded = await loadedPackages((env) => start(args, { env }));
  expect(loaded).toContain("yargs");
  return dependencies.filter((name) => loaded.has(name));
}

describe("to explain the command line, nothing is loaded of what runs a flow", () => {
  it.each(["--help", "--version", "plan --help", "resume --help"])(
    "rr-submit %s: yargs alone",
    async (line) => {
      expect(await loadedOf(startSubmit, line.split(" "))).toEqual([]);
    },
  );

  it.each(["--help", "--version"])("rr-worker %s: yargs, and what host expressions need", async (line) => {
    expect(await loadedOf(startWorker, line.split(" "))).toEqual(["leven"]);
  });
});

it("rr-submit completion prints its script and runs nothing", async () => {
  const { code, stdout, stderr } = await runSubmit(["completion", "bash"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain("complete -F _rr_submit_complete rr-submit");
});

it("rr-submit completion explains itself, and takes nothing else", async () => {
  const help = await submitHere(["completion", "--help"]);
  expect({ code: help.code, stderr: help.stderr }).toEqual({ code: 0, stderr: "" });
  expect(help.stdout).toMatch(/^rr-submit completion \[shell\]\n/);
  const more = await submitHere(["completion", "bash", "flow.json"]);
  expect(more).toMatchObject({ code: 2, stdout: "" });
  expect(more.stderr).toContain("Unknown argument: flow.json");
});

it("a plan of a JSON file loads what checks it, and nothing that runs it", async () => {
  const temp = makeTempDir("start");
  try {
    const file = join(temp.path, "flow.json");
    writeFileSync(
      file,
      JSON.stringify({ name: "one", slots: [{ jobs: [{ hosts: "h1", command: "true" }] }] }),
    );
    const loaded = await loadedOf(startSubmit, ["plan", file, "--no-servers"]);
    expect(loaded).toContain("zod");
    for (const name of ["ssh2", "winston", "prom-client", "log-update"]) expect(loaded).not.toContain(name);
  } finally {
    temp.remove();
  }
});
