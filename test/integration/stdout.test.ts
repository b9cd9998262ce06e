import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtProgram } from "../support/built-programs.ts";
import { bareEnv, startChild } from "../support/child-program.ts";
import { startGearmand, type Gearmand } from "../support/gearmand.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { homeEnv, runSubmit } from "../support/processes.ts";
import { ownFolder, startSshd, type Sshd } from "../support/sshd.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

failOnLeftovers();

let temp: TempDir;
let sshd: Sshd;
let gearmand: Gearmand;
let flow = "";
let run: string[] = [];
beforeAll(async () => {
  temp = makeTempDir("stdout");
  gearmand = await startGearmand();
  sshd = await startSshd({ hosts: ["h1", "h2"] });
  flow = join(temp.path, "flow.json");
  const job = { hosts: "h[1-2]", command: `${ownFolder}; echo x >> $d/done` };
  writeFileSync(flow, JSON.stringify({ slots: [{ jobs: [job] }] }));
  run = [flow, "--local", "--ssh-config", sshd.sshConfigFile, "--output", "ndjson"];
  await runSubmit(run, { home: temp.path });
});
afterAll(async () => {
  await sshd.stop();
  await gearmand.stop();
  temp.remove();
});

/** Runs `rr-submit ARGS` as `"$@"` of a shell's line that says where its output goes. */
async function inShell(line: string, args: readonly string[]) {
  const env = { ...bareEnv, ...homeEnv(temp.path) };
  const program = [process.execPath, builtProgram("rr-submit")];
  const child = startChild("/bin/sh", ["-c", line, "sh", ...program, ...args], { env });
  return { code: (await child.exited).code, stderr: child.stderr() };
}

const commands = (): [string, string[]][] => [
  ["schema", ["schema"]],
  ["plan", ["plan", flow, "--no-servers"]],
  ["plan --json", ["plan", flow, "--no-servers", "--json"]],
  ["runs", ["runs"]],
  ["report", ["report", "last"]],
  ["report --json", ["report", "last", "--json"]],
  ["status", ["status", "--servers", gearmand.server]],
];

describe("a result that cannot be written", () => {
  it("is told in one line, exit 3, where no space is left", async () => {
    for (const [name, args] of commands()) {
      const { code, stderr } = await inShell('"$@" >/dev/full', args);
      expect(stderr, name).toMatch(/^cannot write to stdout: the disk is full; .*\n$/);
      expect(code, name).toBe(3);
    }
  });

  it("is told also where a part of it could be written", async () => {
    const out = join(temp.path, "out");
    const { code, stderr } = await inShell(`ulimit -f 1; "$@" >'${out}'`, ["schema"]);
    expect(stderr).toMatch(/^cannot write to stdout: .*\n$/);
    expect(code).toBe(3);
  });

  it("is no fault where its reader has seen enough", async () => {
    for (const [name, args] of commands()) {
      const { stderr } = await inShell('{ "$@"; echo "exit $?" >&2; } | true', args);
      expect(stderr, name).toBe("exit 0\n");
    }
  });
});

describe("a run whose stdout or stderr cannot be written", () => {
  it("goes on, and says why nothing is shown", async () => {
    const { code, stderr } = await inShell('"$@" >/dev/full', run);
    expect(stderr).toBe(
      "cannot write to stdout: the disk is full; free some space; nothing more is shown, the run goes on\n",
    );
    expect(code).toBe(0);
  });

  it("goes on when both readers have gone", async () => {
    const code = join(temp.path, "code");
    await inShell(`{ "$@" --limit h1; echo "exit $?" >'${code}'; } 2>&1 | true`, run);
    expect(readFileSync(code, "utf8")).toBe("exit 0\n");
  });
});
