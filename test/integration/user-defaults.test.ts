import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { runSubmit } from "../support/processes.ts";
import { makeTempDir } from "../support/temp-dir.ts";

failOnLeftovers();

const temp = makeTempDir("defaults");
const folder = join(temp.path, ".config", "roadrunner");
const file = join(folder, "config.yaml");
const flow = join(temp.path, "flow.json");

beforeAll(() => {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(
    flow,
    JSON.stringify({ name: "one", slots: [{ jobs: [{ hosts: "@web", command: "true" }] }] }),
  );
  for (const [name, hosts] of [
    ["file", "web1"],
    ["environment", "web2"],
    ["line", "web3"],
  ] as const)
    writeFileSync(join(temp.path, `${name}.yaml`), `groups: { web: ${hosts} }\n`);
});
afterAll(() => temp.remove());

async function plan(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return runSubmit(["plan", flow, "--no-servers", ...args], { home: temp.path, env });
}

it("the command line goes before the environment, and that before the file", async () => {
  writeFileSync(file, `inventory: ${join(temp.path, "file.yaml")}\n`, { mode: 0o600 });
  const env = { RR_INVENTORY: join(temp.path, "environment.yaml") };
  expect((await plan([])).stdout).toContain("web1");
  expect((await plan([], env)).stdout).toContain("web2");
  expect((await plan(["-i", join(temp.path, "line.yaml")], env)).stdout).toContain("web3");
  const elsewhere = await plan([], { XDG_CONFIG_HOME: join(temp.path, "none") });
  expect(elsewhere.stderr).toContain("there is no group @web");
});

it("a bad file is told with its line; one that others may write is refused, and read for no help", async () => {
  writeFileSync(file, "\noutputt: plain\n");
  const bad = await plan([]);
  expect(bad).toMatchObject({ code: 2, stdout: "" });
  expect(bad.stderr).toContain(`${file}:2:`);
  expect(bad.stderr).toContain("did you mean output?");
  expect((await runSubmit(["--help"], { home: temp.path })).stdout).toContain("roadrunner/config.yaml");
  writeFileSync(file, "output: plain\n");
  chmodSync(file, 0o666);
  const open = await plan([]);
  expect(open).toMatchObject({ code: 2 });
  expect(open.stderr).toContain(`${file} may be written by others than its owner (mode 0666)`);
});
