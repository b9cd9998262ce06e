import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startGearmand, type Gearmand } from "../support/gearmand.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { runSubmit, startWorker } from "../support/processes.ts";
import { findProgram } from "../support/programs.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";

failOnLeftovers();

const temp = makeTempDir("clock-step");
let gearmand: Gearmand;
let sshd: Sshd;
beforeAll(async () => {
  [gearmand, sshd] = await Promise.all([startGearmand(), startSshd({ hosts: ["db1"] })]);
});
afterAll(async () => {
  await Promise.all([gearmand.stop(), sshd.stop()]);
  temp.remove();
});

/** The environment in which a program takes `file`'s text, such as "+600", for what its clock is off. */
function fakeTime(file: string): Record<string, string> {
  const library = execFileSync(findProgram("faketime"), ["-f", "+0", "printenv", "LD_PRELOAD"]);
  return {
    LD_PRELOAD: library.toString().trim(),
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
}

test.each(["+600", "-600"])("a worker's clock that is set by %s s makes no task late", async (step) => {
  const [offset, asked, go] = ["offset", "asked", "go"].map((name) => join(temp.path, `${name}${step}`));
  writeFileSync(String(offset), "+0\n");
  // Between the grab and the start: the way to the host is held up until the clock has been set.
  const hold = writeHold(String(asked), String(go));
  const worker = startWorker(
    ["--servers", gearmand.server, "--ssh-config", hold, "--ssh-config", sshd.sshConfigFile],
    { env: fakeTime(String(offset)) },
  );
  try {
    const flow = join(temp.path, "flow.json");
    writeFileSync(
      flow,
      JSON.stringify({ slots: [{ jobs: [{ name: "j", hosts: "db1", command: "true" }] }] }),
    );
    const run = runSubmit([flow, "--servers", gearmand.server]);
    await until("the worker to reach for the host", () => existsSync(String(asked)));
    writeFileSync(String(offset), `${step}\n`);
    writeFileSync(String(go), "");
    const { code, stdout, stderr } = await run;
    expect(stdout + stderr).not.toContain("late:");
    expect(code, stdout + stderr).toBe(0);
    worker.signal("SIGTERM");
    await worker.exited;
    // The clock was really set: the worker's log is ahead of this box's clock, or behind it.
    const written = Date.parse(/"timestamp":"([^"]+)"\}\s*$/.exec(worker.stderr())?.[1] ?? "");
    expect(Math.abs(written - Date.now() - Number(step) * 1000)).toBeLessThan(300_000);
  } finally {
    await worker.kill();
  }
});

function writeHold(asked: string, go: string): string {
  const path = join(temp.path, "ssh_config");
  const proxy = new URL("../ssh/proxy.js", import.meta.url).pathname;
  const wait = `touch ${asked}; while ! test -e ${go}; do sleep 0.05; done`;
  writeFileSync(
    path,
    `Host *\n  ProxyCommand env -u LD_PRELOAD sh -c '${wait}; exec ${process.execPath} ${proxy} %h %p'\n`,
    { mode: 0o600 },
  );
  return path;
}
