import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask } from "../health/ask.ts";
import { bareEnv, startChild, type ChildProgram } from "../support/child-program.ts";
import { findFreePort } from "../support/free-port.ts";
import { startGearmand, type Gearmand } from "../support/gearmand.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { homeEnv } from "../support/processes.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { DockerFiles, type ImageFiles } from "./dockerfile.ts";

failOnLeftovers();

const temp = makeTempDir("images");
let submit: ImageFiles;
let worker: ImageFiles;
let coordinator: ImageFiles;
let sshd: Sshd;
let gearmand: Gearmand;
let metricsPort: number;
const stops: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const files = new DockerFiles(temp.path);
  [submit, worker, coordinator] = [files.image("submit"), files.image("worker"), files.image("coordinator")];
  sshd = await startSshd({ hosts: ["h1", "h2"] });
  stops.push(() => sshd.stop());
  gearmand = await startGearmand();
  stops.push(() => gearmand.stop());
  metricsPort = await findFreePort();
  const through = ["--servers", gearmand.server, "--ssh-config", sshd.sshConfigFile];
  const running = start(worker, ...through, "--metrics-port", String(metricsPort));
  stops.push(() => running.stop());
  const jobs = [{ name: "hello", hosts: "h[1-2]", command: "echo hello from $RR_HOST" }];
  writeFileSync(join(temp.path, "flow.json"), JSON.stringify({ name: "hello", slots: [{ jobs }] }));
}, 120_000);
afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
  temp.remove();
});

function start({ folder, program }: ImageFiles, ...args: readonly string[]): ChildProgram {
  return startChild(process.execPath, [join(folder, program), ...args], {
    cwd: temp.path,
    env: { ...bareEnv, NODE_ENV: "production", ...homeEnv(join(temp.path, "home")) },
  });
}

async function told(...args: readonly string[]): Promise<string> {
  const child = start(submit, ...args);
  expect(await child.exited, child.output()).toMatchObject({ code: 0 });
  return child.stdout();
}

/** Each subcommand with what it says; the flow has run before. */
const SUBCOMMANDS: Readonly<
  Record<string, (servers: string) => readonly (readonly [readonly string[], string])[]>
> = {
  plan: () => [[["plan", "flow.json", "--no-servers"], "hello on 2 hosts: h[1-2]"]],
  report: () => [
    [["report", "last"], "hello from h1"],
    [["report", "last", "--json"], '"verdict": "succeeded"'],
    [["report", "last", "--html", "-"], "<!doctype html>"],
    [["report", "last", "--junit", "-"], "<testsuites "],
  ],
  attach: () => [[["attach", "last"], "succeeded"]],
  runs: () => [[["runs"], "hello"]],
  status: (servers) => [[["status", "--servers", servers], "rr-run"]],
  schema: () => [[["schema"], '"$schema"']],
  completion: () => [[["completion"], "rr-submit"]],
  // There is nothing to do for these, and they say so; the code behind them is loaded all the same.
  resume: () => [],
  stop: () => [],
  confirm: () => [],
  sign: () => [],
  login: () => [],
  logout: () => [],
  // After it, since these are runs of their own.
  run: () => [],
  ping: () => [],
};

describe("the files of the images", () => {
  it("run a flow, through the worker's image and without one", async () => {
    const through = await told("flow.json", "--servers", gearmand.server, "--output", "plain");
    expect(through).toContain("hello succeeded: 2 of 2 ok");
    const local = await told("flow.json", "--local", "--ssh-config", sshd.sshConfigFile, "--output", "plain");
    expect(local).toContain("hello succeeded: 2 of 2 ok");
    const metrics = async () => (await ask(metricsPort, "/metrics")).text;
    await until("both tasks to be counted", async () =>
      /tasks_total\{outcome="ok",blame="none"\} 2/.test(await metrics()),
    );
  });

  it("run a flow through a coordinator's image, which remembers it in a file", async () => {
    const socket = `unix:${join(temp.path, "socket")}`;
    const carrying = start(coordinator, "--servers", gearmand.server, "--listen", socket);
    await carrying.waitFor("carrying runs");
    const run = (await told("flow.json", "--detach", "--coordinator", socket)).trim();
    const attached = await told("attach", run, "--output", "plain", "--coordinator", socket);
    expect(attached).toContain("hello succeeded: 2 of 2 ok");
    expect(await carrying.stop(), carrying.output()).toMatchObject({ code: 0 });
  });

  it("hold what every subcommand of rr-submit needs", async () => {
    const help = await told("--help");
    const named = [...help.matchAll(/^ {2}rr-submit ([a-z]+) /gm)].map(([, name = ""]) => name);
    expect(Object.keys(SUBCOMMANDS)).toEqual(expect.arrayContaining(named));
    expect(named.length).toBeGreaterThan(5);
    for (const [args, text] of Object.values(SUBCOMMANDS).flatMap((of) => of(gearmand.server)))
      expect(await told(...args), args.join(" ")).toContain(text);
    const nowhere = ["--coordinator", "http://127.0.0.1:9"];
    const inVain: readonly (readonly [readonly string[], string])[] = [
      [["resume", "last"], "has succeeded; there is nothing to go on with"],
      [["stop", "last"], "it has ended"],
      [["confirm", "last"], "it has ended"],
      [["sign", "last", "--sign-key", "no-key"], "only one that a coordinator carries is signed anew"],
      [["login", ...nowhere, "--sign-key", "no-key"], "--sign-key no-key cannot be read"],
    ];
    for (const [args, text] of inVain) {
      const program = start(submit, ...args);
      expect(await program.exited, program.output()).toMatchObject({ code: 2 });
      expect(program.stderr()).toContain(text);
    }
    expect(await told("logout", ...nowhere)).toContain("nobody of this box is logged in");
    const through = ["--servers", gearmand.server];
    expect(await told("run", "h[1-2]", ...through, "--yes", "--", "echo", "one line")).toContain("one line");
    expect(await told("ping", "h[1-2]", ...through)).toContain("h[1-2]");
  });

  it("hold no tests, no sources of a build, and nothing of the other image", () => {
    for (const { folder, program } of [submit, worker, coordinator]) {
      expect(readFileSync(join(folder, program), "utf8")).toContain("dist/bundle");
      for (const path of ["packages/core/src", "packages/worker/test", "node_modules/typescript", "scripts"])
        expect(() => readFileSync(join(folder, path)), path).toThrow("ENOENT");
    }
  });
});
