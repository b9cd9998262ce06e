import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { copyFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runId } from "@roadrunner/engine";
import type { Problem } from "@roadrunner/engine/api";
import { makeKeys } from "../security/keys.ts";
import type { ChildProgram } from "../support/child-program.ts";
import { findFreePort } from "../support/free-port.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startCoordinator } from "../support/processes.ts";
import { Site } from "../support/site.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { handOverOf, planOf } from "./kit.ts";

failOnLeftovers();

const ROOT = new URL("../../", import.meta.url);
const run = promisify(execFile);
const pathIn = (path: string): string => fileURLToPath(new URL(path, ROOT));

const temp = makeTempDir("client");
const keys = makeKeys();
const key = keys.make("ann");
let site: Site;
let coordinator: ChildProgram;
let url: string;

beforeAll(async () => {
  const port = await findFreePort();
  url = `http://127.0.0.1:${port}`;
  site = await Site.start({ hosts: ["h1", "h2", "h3"], workers: 1 });
  coordinator = startCoordinator(
    [
      ...["--servers", site.gearmand.server, "--listen", `127.0.0.1:${port}`],
      ...["--allowed-signers", keys.allow("allowed_signers", "ann")],
    ],
    { home: temp.path },
  );
  await coordinator.waitFor("carrying runs");
});
afterAll(async () => {
  await coordinator.stop();
  await site.stop();
  keys.remove();
  temp.remove();
});

/** Generates a client from the OpenAPI file and compiles the program that uses it, types and all. */
async function build(): Promise<string> {
  symlinkSync(pathIn("node_modules"), join(temp.path, "node_modules"));
  copyFileSync(
    pathIn("test/coordinator/generated-client/ask-everything.ts"),
    join(temp.path, "ask-everything.ts"),
  );
  const config = {
    extends: pathIn("tsconfig.base.json"),
    // What is generated is not written for as strict a compiler as ours.
    compilerOptions: {
      exactOptionalPropertyTypes: false,
      composite: false,
      sourceMap: false,
      rootDir: ".",
      outDir: "out",
      tsBuildInfoFile: null,
    },
    include: ["*.ts"],
  };
  writeFileSync(join(temp.path, "tsconfig.json"), JSON.stringify(config));
  writeFileSync(join(temp.path, "package.json"), JSON.stringify({ type: "module" }));
  const inTemp = { cwd: temp.path };
  await run("node_modules/.bin/oazapfts", [pathIn("docs/openapi.json"), "client.ts"], inTemp);
  // Its faults are what it prints.
  const compiled = await run("node_modules/.bin/tsc", ["-p", "."], inTemp).catch(
    ({ stdout }: { stdout: string }) => ({ stdout }),
  );
  expect(compiled.stdout).toBe("");
  return join(temp.path, "out/ask-everything.js");
}

it("a client that a public generator makes of docs/openapi.json does all that there is", async () => {
  const go = join(temp.path, "go");
  const command = `until test -e ${go}; do sleep 0.1; done; echo out of $(hostname | wc -l); echo err >&2`;
  const asks = planOf({
    name: "asks",
    slots: [
      { jobs: [{ name: "say", hosts: "h[1-3]", command }] },
      { confirm: "go on?", jobs: [{ name: "then", hosts: "h1", command: "true" }] },
    ],
  });
  const marker = join(temp.path, "there");
  const once = `test -e ${marker} || { touch ${marker}; sleep 60; }`;
  const stops = planOf({ name: "stops", slots: [{ jobs: [{ name: "wait", hosts: "h1", command: once }] }] });
  // Within one second ids have no order.
  const earlier = runId(Date.now() - 1000, randomBytes(5));
  const runs = { asks: handOverOf(asks, { run: earlier }), stops: handOverOf(stops) };
  writeFileSync(join(temp.path, "runs.json"), JSON.stringify({ ...runs, go }));

  const program = await build();
  const { stdout } = await run("node", [program, url, key, join(temp.path, "runs.json")]);
  const seen = JSON.parse(stdout) as Seen;

  expect(seen).toMatchObject({
    who: { principal: "ann", role: "own" },
    taken: { run: runs.asks.run },
    confirmed: { done: true },
    output: { run: runs.asks.run, host: "h2", stdout: "out of 1\n", stderr: "err\n", kept: "whole" },
    tasks: [
      [{ job: "say", host: "h1", attempt: 1, outcome: "ok", final: true }],
      [{ job: "then", host: "h1", attempt: 1, outcome: "ok", final: true }],
    ],
    first: { host: "h1", attempt: 1, tried: [{ attempt: 1, outcome: "ok" }] },
    openapi: "3.1.0",
    stopped: { text: expect.stringMatching(/./) as string },
    killed: { text: expect.stringMatching(/./) as string },
    resumed: { text: `run ${runs.stops.run} goes on` },
    health: { ok: true, store: "sqlite" },
    carriers: { carriers: [] },
    workers: {
      servers: [{ server: site.gearmand.server, functions: [{ name: "rr-run", workers: 1 }] }],
      workers: [{ pools: [""], places: 20, state: "running" }],
    },
  });
  const both = [runs.stops.run, runs.asks.run];
  expect(seen.lists).toEqual({
    ...{ flow: [runs.asks.run], principal: both, nobody: [], state: [], since: both, later: [] },
  });
  expect(seen.listed.map(({ runs: [row] }) => row)).toMatchObject(
    both.map((id) => ({ run: id, principal: "ann", state: "succeeded" })),
  );
  expect(seen.streamed.numbers).toEqual(seen.pages.map(({ number }) => number));
  expect(seen.streamed.types).toEqual(seen.pages.map(({ event }) => event.type));
  expect(seen.streamed.live).toContain("out of 1");
  const codes = Object.entries(seen.problems).map(([name, { code, status }]) => [name, code, status]);
  expect(codes).toEqual([
    ["stranger", "notLoggedIn", 401],
    ["noOutput", "noSuchOutput", 404],
    ["nothingLeft", "nothingLeft", 409],
    ["noRun", "noSuchRun", 404],
    ["loggedOut", "notLoggedIn", 401],
  ]);
  expect(seen.problems["noOutput"]?.detail).toContain("there is attempt 1");
});

interface Seen {
  readonly streamed: {
    readonly numbers: readonly number[];
    readonly types: readonly string[];
    readonly live: string;
  };
  readonly pages: readonly { readonly number: number; readonly event: { readonly type: string } }[];
  readonly lists: Readonly<Record<string, readonly string[]>>;
  readonly listed: readonly { readonly runs: readonly object[] }[];
  readonly problems: Readonly<Record<string, Problem>>;
}
