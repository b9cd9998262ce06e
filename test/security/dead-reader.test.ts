import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtProgram } from "../support/built-programs.ts";
import { bareEnv } from "../support/child-program.ts";
import { startGearmand, type Gearmand } from "../support/gearmand.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { homeEnv } from "../support/processes.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { until, within } from "../support/until.ts";
import { Attacker, refused } from "./attacker.ts";

failOnLeftovers();

const JOBS = 20;

let temp: TempDir;
let gearmand: Gearmand;
beforeAll(async () => {
  temp = makeTempDir("dead-reader");
  gearmand = await startGearmand();
});
afterAll(async () => {
  await gearmand.stop();
  temp.remove();
});

/** Seconds of processor time that a process has taken. */
function cpuSeconds(pid: number): number {
  const [, fields = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
  const [user = 0, system = 0] = fields.split(" ").slice(11, 13).map(Number);
  return (user + system) / 100;
}

describe.each(["auto", "pretty"])("rr-worker whose log (%s) nobody reads any more", (format) => {
  it("serves on, does not spin, and leaves when it is told to", async () => {
    const args = ["--servers", gearmand.server, "--log-format", format, "--log-level", "debug"];
    const worker = spawn(process.execPath, [builtProgram("rr-worker"), ...args], {
      env: { ...bareEnv, ...homeEnv(join(temp.path, format)) },
      stdio: ["ignore", "pipe", "pipe"],
    });
    try {
      await within("its first line", once(worker.stderr, "data"));
      worker.stderr.destroy();
      worker.stdout.destroy();
      await until("it to register", async () => (await gearmand.status("rr-run")).workers === 1);
      const attacker = await Attacker.connect(gearmand);
      for (let job = 0; job < JOBS; job += 1)
        expect(await attacker.submit("rr-run", "junk")).toEqual(refused(/is not JSON/));
      await attacker.close();
      // What it takes to start is below this on any box; a loop takes it in a few seconds.
      expect(cpuSeconds(worker.pid ?? 0)).toBeLessThan(20);
      const exit = once(worker, "exit");
      worker.kill("SIGTERM");
      expect(await within("it to leave", exit)).toEqual([0, null]);
    } finally {
      worker.kill("SIGKILL");
    }
  });
});
