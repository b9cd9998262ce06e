import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtProgram } from "../support/built-programs.ts";
import { bareEnv, startChild, type ChildProgram } from "../support/child-program.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { homeEnv } from "../support/processes.ts";
import { findProgram } from "../support/programs.ts";
import { submitHere } from "../support/submit-here.ts";
import { planOf } from "../support/plans.ts";
import { makeTempDir } from "../support/temp-dir.ts";

failOnLeftovers();

const temp = makeTempDir("completion");
const home = join(temp.path, "home");
const RUN = "20261124-091612-abcdefg2";

beforeAll(() => {
  const bin = join(temp.path, "bin");
  const runs = join(homeEnv(home).XDG_STATE_HOME ?? "", "roadrunner", "runs");
  for (const folder of [bin, runs]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const name of ["rr-submit", "rr-worker"] as const) {
    const file = join(bin, name);
    writeFileSync(file, `#!/bin/sh\nexec ${process.execPath} ${builtProgram(name)} "$@"\n`);
    chmodSync(file, 0o755);
  }
  const head = { time: "2026-11-24T09:16:12.000Z", run: RUN };
  const plan = planOf({ name: "upgrade", hosts: 1 });
  const by = { version: "1", digest: "d", who: "me", where: "here", seed: 1 };
  const events = [
    { type: "run.started", ...head, plan, ...by },
    { type: "job.held", ...head, slot: 1, job: "upgrade", reason: "gate page failed" },
  ];
  writeFileSync(join(runs, `${RUN}.ndjson`), events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  writeFileSync(
    join(temp.path, "hosts.yaml"),
    "groups:\n  web: fe[1-9]\n  db: db[1-3]\nhosts:\n  fe1: { labels: { rack: r7, zone: eu } }\n",
  );
  writeFileSync(join(temp.path, "release.json"), "{}");
});
afterAll(() => temp.remove());

/** What somebody types before and after the Tab key. */
const TYPED = [
  ["rr-submit pl", "rr-submit plan"],
  ["rr-submit plan rel", "rr-submit plan release.json"],
  ["rr-submit release.json --output pla", "rr-submit release.json --output plain"],
  ["rr-submit release.json --output=pla", "rr-submit release.json --output=plain"],
  ["rr-submit release.json -i hosts.yaml --limit @w", "--limit @web"],
  ["rr-submit run --inventory=hosts.yaml 'db1,@w", "'db1,@web'"],
  ["rr-submit run -i hosts.yaml '@web{zone=eu,ra", "'@web{zone=eu,rack="],
  ["rr-submit run -i hosts.yaml '@web{ra", "'@web{rack="],
  ["rr-submit run -i hosts.yaml '@web{zone=eu,rack=", "'@web{zone=eu,rack=r7"],
  ["rr-submit run @fai", "rr-submit run @failed:"],
  ["rr-submit resume 2026", `rr-submit resume ${RUN}`],
  [`rr-submit confirm ${RUN} upg`, `rr-submit confirm ${RUN} upgrade`],
  ["rr-worker --log-level de", "rr-worker --log-level debug"],
] as const;

const SHELLS = [
  [
    "bash",
    "bash --norc --noprofile -i",
    "source <(rr-submit completion bash); source <(rr-worker completion bash)",
  ],
  [
    "zsh",
    "zsh -f -i",
    "autoload -U compinit; compinit -u -D; source <(rr-submit completion zsh); source <(rr-worker completion zsh)",
  ],
  ["fish", "fish --no-config -i", "rr-submit completion fish | source; rr-worker completion fish | source"],
] as const;

describe.each(SHELLS)("at the Tab key in %s", (name, command, load) => {
  let shell: ChildProgram;
  beforeAll(async () => {
    findProgram(name);
    const path = `${join(temp.path, "bin")}:${bareEnv.PATH}`;
    const env = { ...bareEnv, ...homeEnv(home), PATH: path, TERM: "dumb", COLUMNS: "200" };
    shell = startChild(findProgram("script"), ["-qec", command, "/dev/null"], {
      cwd: temp.path,
      stdin: true,
      env,
    });
    shell.write(`${load}; echo load''ed\n`);
    await shell.waitFor("loaded");
  });
  afterAll(async () => {
    await shell.kill();
  });

  it("commands, files, options, values, groups and runs are completed", async () => {
    for (const [typed, completed] of TYPED) {
      shell.write(`${typed}\t`);
      await shell.waitFor(completed).catch(() => undefined);
      expect(shell.output(), typed).toContain(completed);
      // The line is taken away; what was typed is not run.
      shell.write("\u0015");
    }
  }, 120_000);
});

it("a mistyped command or option gets the one that was meant", async () => {
  const command = await submitHere(["pln", "release.json"]);
  expect(command).toMatchObject({ code: 2 });
  expect(command.stderr).toContain("did you mean rr-submit plan?");
  const alone = await submitHere(["resmue"]);
  expect(alone.stderr).toContain("there is no command and no file resmue: did you mean rr-submit resume?");
  const option = await submitHere(["plan", "release.json", "--limitt", "h1"]);
  expect(option.stderr).toContain("--limitt: did you mean --limit?");
});

it("a shell that there is no script for is refused, with those that there are", async () => {
  const refused = await submitHere(["completion", "tcsh"]);
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(refused.stderr).toContain('there is no completion for "tcsh"; there is for bash, zsh, fish');
});
