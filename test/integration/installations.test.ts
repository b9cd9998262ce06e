import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectRawPeer } from "../gearman/raw-peers.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { runSubmit } from "../support/processes.ts";
import { outcomes, Site } from "../support/site.ts";
import { ownFolder } from "../support/sshd.ts";
import { until } from "../support/until.ts";

failOnLeftovers();

const PREFIX = ["--function-prefix", "site1."];
let site: Site;
beforeAll(async () => {
  site = await Site.start({ hosts: ["h1", "h2"], workers: 1, concurrency: 1 });
  site.addWorker(["--log-level", "debug", ...PREFIX]);
  await until("it to serve", async () => (await site.gearmand.status("site1.rr-run")).workers === 1);
});
afterAll(() => site.stop());

const flow = (command: string) => ({ slots: [{ jobs: [{ name: "j", hosts: "h[1-2]", command }] }] });

describe("two installations on one job server", () => {
  it("each run goes to the workers of its own", async () => {
    const plain = await site.run(flow("true"));
    const prefixed = await site.run(flow("exit 3"), PREFIX);
    expect([...outcomes(plain.events).values()]).toEqual(["ok", "ok"]);
    expect([...outcomes(prefixed.events).values()]).toEqual(["failed", "skipped"]);
    const worker = (events: typeof plain.events) =>
      events.flatMap((event) => (event.type === "task.started" ? [event.worker] : []));
    expect(worker(plain.events)).not.toContain(worker(prefixed.events)[0]);
  });

  it("status shows the workers of one's own", async () => {
    const status = async (args: readonly string[]) => {
      const { stdout } = await runSubmit(["status", "--json", "--servers", site.gearmand.server, ...args]);
      return JSON.parse(stdout) as {
        readonly servers: readonly { readonly functions: readonly { readonly name: string }[] }[];
        readonly workers: readonly { readonly id: string; readonly pools: readonly string[] }[];
      };
    };
    const [own, others] = [await status(PREFIX), await status([])];
    expect([own, others].map(({ servers }) => servers[0]?.functions.map(({ name }) => name))).toEqual([
      ["rr-run"],
      ["rr-run"],
    ]);
    expect([own, others].map(({ workers }) => workers.map(({ pools }) => pools))).toEqual([[[""]], [[""]]]);
    expect(own.workers[0]?.id).not.toBe(others.workers[0]?.id);
  });

  it("where nobody serves a prefix, the line that starts a worker names it", async () => {
    const { code, stderr } = await site.submit(flow("true"), [
      ...["--function-prefix", "site9.", "--wait-for-workers", "0s"],
    ]);
    expect(code).toBe(3);
    expect(stderr).toContain(`rr-worker --servers ${site.gearmand.server} --function-prefix site9.`);
  });

  it("a worker's lines tell which Gearman job they are about, and who asked", () => {
    const lines = site.workers[1]?.output() ?? "";
    const ended = lines.split("\n").find((line) => line.includes('"task ended"')) ?? "{}";
    expect(JSON.parse(ended)).toMatchObject({
      handle: expect.stringMatching(/^H:/) as string,
      unique: expect.stringMatching(/^[a-z2-7]{26}-[a-z2-7]{8}$/) as string,
      client: expect.stringMatching(/^c-[a-z2-7]{12}$/) as string,
    });
  });
});

it("a prefix that no function's name can have is told", async () => {
  const { code, stderr } = await runSubmit(["status", "--function-prefix", "a b"]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^--function-prefix: "a b" is no prefix: letters, digits, _ \. and -, at most 12/m);
});

it("--priority: of what waits for a worker the highest goes first", async () => {
  const held = site.startSubmit(
    { name: "holds", ...flow(`${ownFolder}; touch $d/holds; until test -e $d/go; do sleep 0.1; done`) },
    ["--limit", "h1", "--output", "quiet"],
  );
  await until(
    "the worker's place to be taken",
    async () => (await site.gearmand.status("rr-run")).running === 1,
  );
  const write = (name: string) => `${ownFolder}; echo ${name} >>$d/order`;
  const runs = [];
  for (const [index, priority] of ["low", "normal", "high"].entries()) {
    const one = { name: priority, ...flow(write(priority)) };
    runs.push(site.submit(one, ["--limit", "h2", "--priority", priority, "--concurrent"]));
    await until("it to wait", async () => (await site.gearmand.status("rr-run")).total === index + 2);
  }
  const go = { name: "go", ...flow(`${ownFolder}; touch $d/go`) };
  const other = await site.submit(go, ["--limit", "h1", "--local", "--ssh-config", site.sshd.sshConfigFile]);
  expect(other.code).toBe(0);
  expect((await Promise.all(runs)).map(({ code }) => code)).toEqual([0, 0, 0]);
  expect((await held.exited).code).toBe(0);
  expect(site.lines("order")).toEqual(["high", "normal", "low"]);
});

it("who submits by hand, live, is told of start and end by WORK_STATUS", async () => {
  const said: string[] = [];
  const peer = await connectRawPeer(site.gearmand.port, (_, packet) => {
    if (packet.name === "WORK_STATUS") said.push(`${packet.arg(1)}/${packet.arg(2)}`);
    if (packet.name === "WORK_COMPLETE") said.push("complete");
  });
  peer.send("SUBMIT_JOB", "rr-run", "by-hand", JSON.stringify({ host: "h1", command: "true", live: true }));
  await until("its end", () => said.includes("complete"));
  expect(said).toEqual(["0/1", "1/1", "complete"]);
  peer.end();
});
