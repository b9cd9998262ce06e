import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtProgram } from "../support/built-programs.ts";
import { bareEnv, startChild } from "../support/child-program.ts";
import { startGearmand, type Gearmand } from "../support/gearmand.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { runSubmit, startSubmit, startWorker } from "../support/processes.ts";
import { findProgram } from "../support/programs.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";

failOnLeftovers();

let temp: TempDir;
let gearmand: Gearmand;
let file = "";
beforeAll(async () => {
  temp = makeTempDir("plan");
  gearmand = await startGearmand();
  file = join(temp.path, "flow.json");
  const flow = {
    name: "ramp",
    slots: [
      {
        jobs: [
          {
            name: "deploy",
            // Nobody could connect to these: a plan never tries.
            hosts: "no-such-host-[1-12].invalid",
            command: "deploy",
            success: "80%",
            parallelism: [1, "30%"],
            tolerate: { unreachable: "10%" },
          },
        ],
      },
      { jobs: [{ name: "all", hosts: "no-such-host-[1-12].invalid", command: "restart", pool: "dc1" }] },
    ],
  };
  writeFileSync(file, JSON.stringify(flow));
});
afterAll(async () => {
  await gearmand.stop();
  temp.remove();
});

describe("rr-submit plan", () => {
  it("prints the plan as JSON, in rounded numbers", async () => {
    const { code, stdout, stderr } = await runSubmit(["plan", file, "--json", "--no-servers"]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const plan = JSON.parse(stdout) as { slots: { jobs: object[] }[]; warnings: string[] };
    const hosts = Array.from({ length: 12 }, (_, index) => `no-such-host-${index + 1}.invalid`);
    expect(plan.slots[0]?.jobs[0]).toMatchObject({
      name: "deploy",
      hosts,
      need: 10,
      window: 3,
      steps: [1, 3, 3, 3, 2],
    });
    expect(plan.slots[1]?.jobs[0]).toMatchObject({ name: "all", hosts, need: 12, window: 12, steps: [] });
    expect(plan.warnings.length).toBeGreaterThanOrEqual(2);
  });

  it("reads a flow from standard input", async () => {
    const child = startSubmit(["plan", "-", "--json", "--no-servers"], { stdin: true });
    child.write(readFileSync(file, "utf8"));
    child.end();
    expect((await child.exited).code).toBe(0);
    expect(JSON.parse(child.stdout())).toMatchObject({ name: "ramp" });
  });

  it("shows steps with real host names and the arithmetic, and who serves what", async () => {
    const worker = startWorker(["--servers", gearmand.server]);
    await until("the worker to register", async () => (await gearmand.status("rr-run")).workers === 1);
    const { code, stdout } = await runSubmit(["plan", file, "--servers", gearmand.server]);
    await worker.stop();
    expect(code).toBe(0);
    expect(stdout).toContain("deploy on 12 hosts: no-such-host-[1-12].invalid");
    expect(stdout).toContain("needs 10 ok: ceil(80% of 12) = 10");
    expect(stdout).toContain("step 2: 3 hosts, needs 3: no-such-host-[2-4].invalid");
    expect(stdout).toContain("floor(30% of 12) = 3");
    expect(stdout).toContain("tolerates unreachable: floor(10% of 12) = 1");
    expect(stdout).toContain("most hosts down at once: 3 running + 2 failed = 5 of 12");
    expect(stdout).toContain("    no timeout, no retries, waits 0s between steps\n");
    expect(stdout).toMatch(/all on 12 hosts(.*\n)+ {4}no timeout, no retries\n {4}pool dc1\n/);
    expect(stdout).toMatch(/^warning: .*all.*12/m);
    expect(stdout).toContain(`rr-run: served by 1 worker on ${gearmand.server}`);
    const start = `start one: rr-worker --servers ${gearmand.server} --pool dc1\n`;
    expect(stdout).toContain(`rr-run.dc1: no worker serves it on ${gearmand.server}; ${start}`);
    expect(await gearmand.admin("status")).not.toMatch(/^rr-run\.dc1\t[1-9]/m);
  });

  it("narrows as a run would, and says what that leaves out", async () => {
    const limit = ["--limit", "no-such-host-[1-2].invalid"];
    const { stdout } = await runSubmit(["plan", file, "--json", "--no-servers", ...limit]);
    expect(JSON.parse(stdout)).toMatchObject({ slots: [{ jobs: [{ need: 2, steps: [1, 1] }] }, {}] });
    const exclude = ["1", "[2-11]"].flatMap((n) => ["--exclude", `no-such-host-${n}.invalid`]);
    const { stdout: left } = await runSubmit(["plan", file, "--json", "--no-servers", ...exclude]);
    expect(JSON.parse(left)).toMatchObject({
      slots: [{ jobs: [{ hosts: ["no-such-host-12.invalid"] }] }, {}],
    });
    const none = await runSubmit(["plan", file, "--no-servers", "--limit", "other"]);
    expect(none.code).toBe(2);
    expect(none.stderr).toContain("--limit");
  });
});

describe("the question before a run", () => {
  /** On a terminal, which script(1) makes. */
  async function onTerminal(answer: string, before = "", flow = file) {
    const program = `${before} ${process.execPath} ${builtProgram("rr-submit")}`;
    const command = `${program} ${flow} --servers ${gearmand.server} --wait-for-workers 1s`;
    const env = { ...bareEnv, HOME: temp.path, XDG_STATE_HOME: temp.path, TERM: "xterm" };
    const child = startChild(findProgram("script"), ["-qec", command, "/dev/null"], { stdin: true, env });
    await child.waitFor("Run it?");
    child.write(`${answer}\n`);
    const { code } = await child.exited;
    return { code, output: child.output() };
  }

  it("is asked on the terminal where the flow comes from standard input", async () => {
    for (const [answer, told] of [
      ["n", "nothing was sent"],
      ["yes", "no worker serves"],
    ] as const)
      expect((await onTerminal(answer, `cat ${file} |`, "-")).output).toContain(told);
  });

  it("is asked on the terminal where the hosts come from standard input", async () => {
    const script = join(temp.path, "x.sh");
    writeFileSync(script, "#!/bin/sh\n");
    const hosts = "echo 'no-such-host-[1-12].invalid' |";
    const { code, output } = await onTerminal("n", hosts, `run @- --script ${script}`);
    expect(output).toContain("starts on all its 12 hosts at once");
    expect(output).toContain("nothing was sent");
    expect(code).toBe(130);
  });

  it("is asked on a terminal where the plan has warnings; no is no", async () => {
    const { code, output } = await onTerminal("n");
    expect(output).toContain("most hosts down at once");
    expect(output).toMatch(/warning: /);
    expect(output).toContain("nothing was sent");
    expect(code).toBe(130);
  });

  it("goes on with yes", async () => {
    const { code, output } = await onTerminal("yes");
    expect(output).toContain("no worker serves");
    expect(code).toBe(3);
  });
});
