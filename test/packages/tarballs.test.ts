import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { flowJsonSchema } from "@roadrunner/core";
import { coordinatorOptions } from "../../packages/coordinator/src/options/options.ts";
import { workerOptions } from "../../packages/worker/src/options/options.ts";
import { bareEnv, startChild } from "../support/child-program.ts";
import { homeEnv } from "../support/processes.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startSshd } from "../support/sshd.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { makeCleanCopy, PACKAGES, ROOT } from "./clean-copy.ts";

failOnLeftovers();

interface Packed {
  readonly name: string;
  readonly version: string;
  readonly filename: string;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

const temp = makeTempDir("packages");
const installed = join(temp.path, "installed");
let packed: readonly Packed[];

/** With the tester's own environment: npm's registry, proxy and cache are his. */
async function npm(cwd: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)("npm", args, { cwd, maxBuffer: 10_000_000 });
  return stdout;
}

beforeAll(async () => {
  const copy = join(temp.path, "checkout");
  makeCleanCopy(copy);
  mkdirSync(installed);
  const into = ["--json", "--pack-destination", temp.path];
  // The first builds all of them, as each would by itself.
  await npm(copy, "pack", "--workspace", "packages/flow-client", ...into);
  const list = await npm(copy, "pack", "--workspaces", "--ignore-scripts", ...into);
  packed = JSON.parse(list) as Packed[];
  writeFileSync(join(installed, "package.json"), '{ "private": true }');
  const tarballs = packed.map(({ filename }) => join(temp.path, filename));
  // Scripts: ssh2 would try to compile what it does without as well.
  const quick = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
  await npm(installed, "install", ...quick, ...tarballs);
}, 300_000);
afterAll(() => {
  temp.remove();
});

function runInstalled(program: string, ...args: string[]) {
  const home = join(temp.path, "home");
  return startChild(process.execPath, [join(installed, "node_modules/.bin", program), ...args], {
    cwd: temp.path,
    env: { ...bareEnv, ...homeEnv(home) },
  });
}

describe("the packed packages", () => {
  it("are the five, built though nothing was built before", () => {
    expect(packed.map(({ name }) => name).sort()).toEqual([
      "@roadrunner/coordinator",
      "@roadrunner/core",
      "@roadrunner/engine",
      "@roadrunner/flow-client",
      "@roadrunner/worker",
    ]);
    for (const { files } of packed) expect(files.length).toBeGreaterThan(10);
  });

  it("hold programs, types and the license, and nothing else", () => {
    const expected =
      /^(package\.json|LICENSE|README\.md|bin\/[\w-]+\.js|host-program\/[\w./-]+\.sh|page\/report\.(css|js)|dist\/[\w/-]+(\.d\.ts|\.js)|dist\/bundle\/licences\.txt|dist\/man\/rr-\w+\.[15]|dist\/schemas\/\w+\.schema\.json|dist\/systemd\/[\w@.-]+)$/;
    const paths = packed.flatMap(({ name, files }) => files.map(({ path }) => `${name} ${path}`));
    expect(paths.filter((path) => !expected.test(path.split(" ")[1] ?? ""))).toEqual([]);
    expect(paths.filter((path) => path.endsWith(" LICENSE"))).toHaveLength(5);
  });

  it("hold a README each, man pages with every option, schemas and the unit", () => {
    const inPackage = (name: string, path: string) =>
      readFileSync(join(installed, "node_modules/@roadrunner", name, path), "utf8");
    for (const name of PACKAGES) expect(inPackage(name, "README.md")).toMatch(/^# /);
    const options = (page: string) =>
      Array.from(page.matchAll(/^\.B \\-\\-([\w\\-]+)/gm), ([, name = ""]) => name.replaceAll("\\", ""));
    const submit = options(inPackage("flow-client", "dist/man/rr-submit.1"));
    expect(submit).toEqual(expect.arrayContaining(["servers", "parallelism", "retry", "html", "local"]));
    expect(new Set(submit).size).toBe(submit.length);
    expect(options(inPackage("worker", "dist/man/rr-worker.1"))).toEqual(Object.keys(workerOptions));
    expect(options(inPackage("coordinator", "dist/man/rr-coordinator.1"))).toEqual(
      Object.keys(coordinatorOptions),
    );
    expect(inPackage("flow-client", "dist/man/rr-flow.5")).toMatch(/^\.B parallelism$/m);
    const schema = JSON.parse(inPackage("flow-client", "dist/schemas/flow.schema.json")) as unknown;
    expect(schema).toEqual(flowJsonSchema());
    expect(inPackage("worker", "dist/systemd/rr-worker@.service")).toContain("ExecStart=");
  });

  it("carry the licences of what their programs bundle", () => {
    for (const folder of ["flow-client", "worker", "coordinator"]) {
      const bundle = join(installed, "node_modules/@roadrunner", folder, "dist/bundle");
      const code = readdirSync(bundle).filter((name) => name.endsWith(".js"));
      const text = code.map((name) => readFileSync(join(bundle, name), "utf8")).join("\n");
      const bundled = text.matchAll(/^\/\/ .*node_modules\/((?:@[^/]+\/)?[^/]+)\//gm);
      const licences = readFileSync(join(bundle, "licences.txt"), "utf8");
      const named = [...licences.matchAll(/^(\S+) \d[\w.-]*: \S+\n\n/gm)].map(([, name]) => name);
      expect([...bundled].filter(([, name]) => !named.includes(name))).toEqual([]);
      expect(named).toContain("yargs");
      // It wants to be passed on by itself, unchanged.
      expect(named).not.toContain("standard-error");
    }
  });

  it("carry the project's license unchanged", () => {
    for (const name of PACKAGES) {
      expect(readFileSync(join(ROOT, "packages", name, "LICENSE"), "utf8")).toBe(
        readFileSync(join(ROOT, "LICENSE"), "utf8"),
      );
    }
  });

  it("have programs that may be executed", () => {
    const bins = packed.flatMap(({ files }) => files.filter(({ path }) => path.startsWith("bin/")));
    expect(bins.map(({ path }) => path).sort()).toEqual([
      "bin/rr-coordinator.js",
      "bin/rr-submit.js",
      "bin/rr-worker.js",
    ]);
    for (const { mode } of bins) expect(mode & 0o111).toBe(0o111);
  });
});

describe("installed together into an empty folder", () => {
  it.each(["rr-submit", "rr-worker", "rr-coordinator"])(
    "%s tells its version and its options",
    async (program) => {
      const version = runInstalled(program, "--version");
      expect(await version.exited, version.output()).toMatchObject({ code: 0 });
      expect(version.stdout().trim()).toBe(packed[0]?.version);
      const help = runInstalled(program, "--help");
      expect(await help.exited, help.output()).toMatchObject({ code: 0 });
      expect(help.stdout()).toContain("--servers");
    },
  );

  it("a coordinator opens its store, by the native code of this box, and listens", async () => {
    const socket = join(temp.path, "socket");
    const coordinator = runInstalled("rr-coordinator", "--listen", `unix:${socket}`);
    await coordinator.waitFor("carrying runs");
    const status = runInstalled("rr-submit", "status", "--coordinator", `unix:${socket}`);
    await status.exited;
    expect(status.stdout(), status.output()).toContain("coordinator");
    expect(await coordinator.stop()).toMatchObject({ code: 0 });
  });

  it("a flow is planned, and run on a host", async () => {
    const sshd = await startSshd({ hosts: ["h1", "h2"] });
    try {
      const flow = join(temp.path, "flow.json");
      const jobs = [{ name: "hello", hosts: "h[1-2]", command: "echo hello from $RR_HOST" }];
      writeFileSync(flow, JSON.stringify({ name: "hello", slots: [{ jobs }] }));
      const plan = runInstalled("rr-submit", "plan", flow, "--no-servers");
      expect(await plan.exited, plan.output()).toMatchObject({ code: 0 });
      const run = runInstalled("rr-submit", flow, "--local", "--ssh-config", sshd.sshConfigFile);
      expect(await run.exited, run.output()).toMatchObject({ code: 0 });
    } finally {
      await sshd.stop();
    }
  });
});
