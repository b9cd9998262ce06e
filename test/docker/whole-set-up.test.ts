import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sample } from "../health/ask.ts";
import { eventsOf, outcomes } from "../support/site.ts";
import { until } from "../support/until.ts";
import { Compose, execIn, inspect, shownCommands } from "./compose.ts";

const MINUTE = 60_000;

const shown = shownCommands();
const [build = [], up = [], submit = [], down = []] = shown;

const compose = new Compose();
beforeAll(async () => {
  await compose.must(...build);
  await compose.must(...up);
}, 30 * MINUTE);
afterAll(async () => {
  // Workers that a failed test left with a task would be waited for.
  await compose.run("stop", "--timeout", "20");
  // A network may still be in use for a moment after its last container was removed.
  await until("all to be removed", async () => (await compose.run(...down)).code === 0, { withinMs: MINUTE });
}, 5 * MINUTE);

const metricsOf = async (worker: string) => {
  const program = 'fetch("http://127.0.0.1:9464/metrics").then((a) => a.text()).then(console.log)';
  return (await execIn(worker, "node", "-e", program)).stdout;
};

describe("what docker/README.md shows", () => {
  it("is four commands", () => {
    expect(shown.map(([command]) => command)).toEqual(["build", "up", "run", "down"]);
  });

  it("runs the flow: exit code 0, one db host failed", async () => {
    const run = await compose.run(...submit);
    expect(run.code, run.stdout + run.stderr).toBe(0);
    expect(run.stdout).toMatch(/pkg1 succeeded: 4 of 5 ok, needed 4, 1 failed/);
    expect(run.stdout).toMatch(/\(deploy\) succeeded/);
  });

  it("ran each command on its own host, once", async () => {
    const lines = async (host: string, file: string) =>
      (await compose.must("exec", "-T", host, "cat", `/home/deploy/${file}`)).trim().split("\n").length;
    for (const host of ["db1", "db2", "db4", "db5"]) expect(await lines(host, "pkg1"), host).toBe(1);
    for (const host of ["api1", "api2"]) expect(await lines(host, "pkg2"), host).toBe(1);
    for (const host of ["fe1", "fe2", "fe3", "fe4"]) expect(await lines(host, "restarts"), host).toBe(1);
    expect((await compose.run("exec", "-T", "db3", "ls", "/home/deploy/pkg1")).code).not.toBe(0);
  });
});

describe("the containers", () => {
  it("are four workers that share the work, and all are healthy", async () => {
    const workers = await compose.containers("worker");
    expect(workers).toHaveLength(4);
    const done = await Promise.all(
      workers.map(async (id) =>
        sample(await metricsOf(id), 'roadrunner_worker_tasks_total{outcome="ok",blame="none"}'),
      ),
    );
    expect(done.reduce((sum, count) => sum + count, 0)).toBe(10);
    for (const id of [
      ...workers,
      ...(await compose.containers("gearmand")),
      ...(await compose.containers("fe1")),
    ]) {
      await until(
        "a healthy container",
        async () => (await inspect(id, "{{.State.Health.Status}}")) === "healthy",
        {
          withinMs: 2 * MINUTE,
        },
      );
    }
  });

  it("run as nobody special, and cannot write where they live", async () => {
    const [worker = ""] = await compose.containers("worker");
    const [gearmand = ""] = await compose.containers("gearmand");
    expect((await execIn(worker, "id", "-un")).stdout.trim()).toBe("node");
    expect((await execIn(gearmand, "id", "-un")).stdout.trim()).toBe("gearman");
    expect((await execIn(worker, "touch", "/opt/roadrunner/x")).code).not.toBe(0);
  });

  it("have no more than they need: no key in an image, no key of the other side in a volume", async () => {
    const [worker = ""] = await compose.containers("worker");
    const withKeys = async (service: string) => {
      const grep = ["-rslE", "-e", "^-----BEGIN ([A-Z]+ )?PRIVATE KEY", "-e", "^root:x:0:0:"];
      const places = ["/etc", "/home", "/opt", "/root", "/usr/local/bin", "/usr/local/etc", "/var"];
      const args = ["run", "--rm", "-T", "--no-deps", "--entrypoint", "grep", service, ...grep, ...places];
      // It exits with 2 for folders that it may not read; that it looked is told by /etc/passwd.
      const paths = (await compose.run(...args)).stdout.trim().split("\n");
      expect(paths).toContain("/etc/passwd");
      return paths.filter((path) => !path.startsWith("/etc/passwd"));
    };
    expect(await withKeys("submit")).toEqual([]);
    expect(await withKeys("keys")).toEqual([]);
    expect((await execIn(worker, "ls", "/ssh")).stdout.trim().split("\n").sort()).toEqual([
      "config",
      "id_ed25519",
      "id_ed25519.pub",
      "known_hosts",
    ]);
    const onHost = (await compose.must("exec", "-T", "fe1", "ls", "/keys")).split("\n");
    expect(onHost).toContain("fe1_ed25519");
    expect(onHost).not.toContain("id_ed25519");
  });

  it("keep the hosts away from the job server", async () => {
    const found = await compose.run("exec", "-T", "fe1", "getent", "hosts", "gearmand");
    expect(found.code).not.toBe(0);
    expect((await compose.run("exec", "-T", "fe1", "getent", "hosts", "fe1")).code).toBe(0);
  });

  it("leave no task behind when they are told to stop", async () => {
    const flow = {
      name: "long",
      slots: [{ jobs: [{ name: "nap", hosts: "fe[1-4],db[1-5]", command: "touch /tmp/napping; sleep 10" }] }],
    };
    const started = compose.run(
      ...["run", "--rm", "-T", "--entrypoint", "sh", "submit", "-c"],
      `echo '${JSON.stringify(flow)}' >/var/lib/roadrunner/long.json; exec node /opt/roadrunner/packages/flow-client/bin/rr-submit.js /var/lib/roadrunner/long.json --output ndjson`,
    );
    await until(
      "all naps to begin",
      async () => {
        const running = await Promise.all(
          (await compose.containers("worker")).map(async (id) =>
            sample(await metricsOf(id), "roadrunner_worker_tasks_running"),
          ),
        );
        return running.reduce((sum, count) => sum + count, 0) === 9;
      },
      { withinMs: MINUTE },
    );
    const workers = await compose.containers("worker");
    await compose.must("stop", "worker");
    const ended = await started;
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    expect(new Set(outcomes(eventsOf(ended.stdout)).values())).toEqual(new Set(["ok"]));
    for (const id of workers) expect(await inspect(id, "{{.State.ExitCode}}")).toBe("0");
  });
});
