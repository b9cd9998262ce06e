import { join } from "node:path";
import { existsSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GearmanClient } from "@roadrunner/core/gearman";
import { ProgressProbe } from "../../packages/engine/src/server/progress-probe.ts";
import type { ChildProgram } from "../support/child-program.ts";
import { startGearmand } from "../support/gearmand.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startPerlGearmand, type PerlGearmand } from "../support/perl-gearmand.ts";
import { runSubmit, startSubmit, startWorker } from "../support/processes.ts";
import { eventsOf, outcomes } from "../support/site.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";

failOnLeftovers();

async function startUsual(): Promise<PerlGearmand> {
  const gearmand = await startGearmand();
  return {
    server: gearmand.server,
    workers: async (name) => (await gearmand.status(name)).workers,
    stop: () => gearmand.stop(),
  };
}

describe.each([
  ["gearmand", startUsual, true],
  ["Perl's job server", startPerlGearmand, false],
] as const)("through %s", (_, start, passesOn) => {
  let server: PerlGearmand;
  let sshd: Sshd;
  let worker: ChildProgram;
  let temp: TempDir;
  beforeAll(async () => {
    temp = makeTempDir("perl-server");
    server = await start();
    sshd = await startSshd({ hosts: ["h1", "h2", "h3"] });
    worker = startWorker(["--servers", server.server, "--ssh-config", sshd.sshConfigFile]);
    await until("the worker to register", async () => (await server.workers("rr-run")) === 1);
  });
  afterAll(async () => {
    await worker.kill();
    await server.stop();
    await sshd.stop();
    temp.remove();
  });

  const args = (jobs: readonly (readonly object[])[]): string[] => {
    const path = join(temp.path, "flow.json");
    writeFileSync(path, JSON.stringify({ name: "f", slots: jobs.map((slot) => ({ jobs: slot })) }));
    return [path, "--servers", server.server, "--output", "ndjson"];
  };

  it("a run of two slots succeeds, though a host of the second one fails", async () => {
    const result = await runSubmit(
      args([
        [{ name: "first", hosts: "h[1-3]", command: "true" }],
        [{ name: "second", hosts: "h[1-3]", command: '[ "$RR_HOST" != h2 ] || exit 7', success: "60%" }],
      ]),
    );
    const events = eventsOf(result.stdout);
    expect(result.code).toBe(0);
    expect(Object.fromEntries(outcomes(events))).toEqual({
      "first h1": "ok",
      "first h2": "ok",
      "first h3": "ok",
      "second h1": "ok",
      "second h2": "failed",
      "second h3": "ok",
    });
    expect(events.find((event) => event.type === "task.ended" && event.outcome === "failed")).toMatchObject({
      exitCode: 7,
    });
  });

  it("a second stop kills what runs, and the run ends as cancelled", async () => {
    const ran = join(temp.path, "runs");
    const submit = startSubmit(args([[{ name: "long", hosts: "h1", command: `touch ${ran}; sleep 600` }]]));
    await until("the command to run", () => existsSync(ran));
    submit.signal("SIGTERM");
    await until("the first stop", () => submit.stderr().includes("stopping"));
    // The same key pressed within a second is one.
    await until("the second stop", () => {
      submit.signal("SIGTERM");
      return submit.stderr().includes("killing");
    });
    const { code } = await submit.exited;
    expect(code).toBe(130);
    expect([...outcomes(eventsOf(submit.stdout())).values()]).toEqual(["cancelled"]);
  });

  it("silence is a sign only where workers would be heard", async () => {
    const [host = "", port] = server.server.split(":");
    const gearman = new GearmanClient({ servers: [{ host, port: Number(port) }] });
    gearman.start();
    await until("the client to connect", () => gearman.state.type === "up");
    expect(await new ProgressProbe(gearman).passesOn()).toBe(passesOn);
    await gearman.close();
    const job = { name: "slow", hosts: "h1", command: "sleep 10", connectTimeout: "2s" };
    const result = await runSubmit([...args([[job]]), "--lost-timeout", "2s"]);
    const events = eventsOf(result.stdout);
    expect(events.filter((event) => event.type === "task.lost")).toEqual([]);
    expect([...outcomes(events).values()]).toEqual(["ok"]);
  });
});
