import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { GearmanWorker, parseServers, Places } from "@roadrunner/core/gearman";
import type { RunEvent } from "@roadrunner/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { homeEnv, runSubmit, startSubmit } from "../support/processes.ts";
import { eventsOf, names, Site } from "../support/site.ts";
import { ownFolder } from "../support/sshd.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { until, within } from "../support/until.ts";
import { Terminal } from "../reporters/terminal.ts";

failOnLeftovers();

let site: Site;
let server: Server;
let url: string;
const homes: TempDir[] = [];
/** By path: what the page answers; 0: nothing, the connection goes; absent: 200. */
const pages = new Map<string, () => number>();

beforeAll(async () => {
  server = createServer(({ url: path = "" }, response) => {
    const status = pages.get(path)?.() ?? 200;
    if (status === 0) response.destroy();
    else response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const workerArgs = ["--gate-urls", url];
  site = await Site.start({ hosts: names("h", 3), workers: 1, workerArgs });
});
afterAll(async () => {
  await site.stop();
  await new Promise((resolve) => server.close(resolve));
  for (const home of homes) home.remove();
});

/** A flow of its own name, home, page and records, so that several run side by side. */
function ground(name: string, fields: object = {}, beside?: (home: string) => object) {
  const temp = makeTempDir(`gates-${name}`);
  homes.push(temp);
  const job = {
    name: "upgrade",
    hosts: "h[1-3]",
    command: `${ownFolder}; echo "$RR_HOST" >> $d/${name}`,
    parallelism: [1, 2],
    bake: "1s",
    gates: [{ name: "page", http: `${url}/${name}`, every: "1s", timeout: "5s" }],
    ...fields,
  };
  const path = site.flow(
    { name, slots: [{ jobs: [job, ...(beside === undefined ? [] : [beside(temp.path)])] }] },
    `${name}.json`,
  );
  const through = ["--servers", site.gearmand.server];
  const options = { home: temp.path };
  return {
    home: temp.path,
    ran: () => site.lines(name),
    says: (status: () => number) => pages.set(`/${name}`, status),
    run: (...args: string[]) => runSubmit([path, ...through, "--output", "plain", ...args], options),
    start: (...args: string[]) => startSubmit([path, ...through, "--output", "ndjson", ...args], options),
    onTerminal: () =>
      new Terminal([path, ...through, "--yes"], { columns: 120, rows: 30, env: homeEnv(temp.path) }),
    resume: (...args: string[]) => runSubmit(["resume", "last", ...through, ...args], options),
    confirm: (...args: string[]) => runSubmit(["confirm", "last", ...args], options),
    journal: (): RunEvent[] => {
      const folder = join(temp.path, "state", "roadrunner", "runs");
      const [journal = ""] = readdirSync(folder);
      return eventsOf(readFileSync(join(folder, journal), "utf8"));
    },
  };
}

const asked = (events: readonly RunEvent[]): number[] =>
  events.flatMap((event) => (event.type === "gate.asked" ? [event.ask] : []));
const bakes = (events: readonly RunEvent[]): number =>
  events.filter(({ type }) => type === "job.baking").length;

describe.concurrent("gates of a job", () => {
  it("that pass are asked before the first host, after each step and after the last", async () => {
    const { run, journal, ran } = ground("passes");
    const { code, stdout, stderr } = await run();
    expect(code, stdout + stderr).toBe(0);
    const events = journal();
    const first = events.findIndex(({ type }) => type === "task.asked");
    expect(asked(events.slice(0, first))).toEqual([1, 2, 3]);
    expect(bakes(events)).toBe(2);
    expect(events.find((event) => event.type === "gate.answered")).toMatchObject({
      answer: "pass",
      text: "status 200",
      worker: expect.any(String) as string,
    });
    const last = events.findLastIndex((event) => event.type === "task.ended");
    expect(asked(events.slice(last)).length).toBeGreaterThan(0);
    expect(ran()).toHaveLength(3);
  });

  it("that are red before the first host fail the job, and nothing starts", async () => {
    const { run, ran, says } = ground("red");
    says(() => 503);
    const { code, stdout } = await run();
    expect(code).toBe(1);
    expect(stdout).toMatch(/gate page failed before the job began: status 503, not 200/);
    expect(ran()).toEqual([]);
  });

  it("that fail after the first step stop it there", async () => {
    const { run, ran, says } = ground("stops");
    says(() => (ran().length > 0 ? 503 : 200));
    const { code, stdout } = await run();
    expect(code).toBe(1);
    expect(stdout).toMatch(/gate page failed: status 503, not 200 \(2 in a row\)/);
    expect(ran()).toEqual(["h1"]);
  });

  it("of which nobody can tell hold it; without a terminal the run is left open, and goes on with --confirm", async () => {
    const { run, ran, confirm, resume, journal, says } = ground("holds");
    says(() => 0);
    const { code, stdout, stderr } = await run();
    expect(code, stdout + stderr).toBe(3);
    expect(stdout).toContain('job "upgrade" holds, and nobody is here to confirm: gate page is inconclusive');
    expect(stderr).toMatch(/rr-submit resume \d{8}-\S+ --confirm$/m);
    expect(ran()).toEqual([]);
    const late = await confirm();
    expect(late.code).toBe(2);
    expect(late.stderr).toMatch(
      /no rr-submit on this box carries run \S+; it is open, and waits: rr-submit resume \S+ --confirm/,
    );
    expect((await resume()).code, "asked the same, and nobody is there").toBe(3);
    expect(ran()).toEqual([]);
    says(() => (ran().length > 0 ? 200 : 0));
    const going = await resume("--confirm");
    expect(going.code, going.stdout + going.stderr).toBe(0);
    expect(ran(), going.stdout + going.stderr).toHaveLength(3);
    expect(journal().filter(({ type }) => type === "job.confirmed")).toMatchObject([
      { goOn: true, by: `${userInfo().username}@${hostname()}` },
    ]);
  });

  it("are asked anew, and the bake begins anew, after kill -9 of rr-submit while it baked", async () => {
    const { start, resume, journal, ran } = ground("killed", { parallelism: 3, bake: "4s" });
    const submit = start();
    await submit.waitFor('"job.baking"');
    await submit.kill();
    const before = journal();
    const { code, stdout, stderr } = await resume();
    expect(code, stdout + stderr).toBe(0);
    const after = journal().slice(before.length);
    expect(bakes(after)).toBe(1);
    const numbers = asked(journal());
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    expect(asked(after).length).toBeGreaterThan(1);
    expect(ran(), "and no host runs twice").toHaveLength(3);
  });

  it("that hold it are confirmed from another terminal, and the question goes away", async () => {
    const other = (folder: string) => {
      return { name: "other", hosts: "h3", command: `while ! test -e ${folder}/go; do sleep 0.1; done` };
    };
    const { onTerminal, confirm, ran, says, home } = ground("elsewhere", { onGateFail: "hold" }, other);
    let isWell = false;
    says(() => (ran().length > 0 && !isWell ? 503 : 200));
    const terminal = onTerminal();
    await terminal.child.waitFor("Go on? [y/N]", { withinMs: 60_000 });
    writeFileSync(join(home, "go"), "");
    await terminal.child.waitFor("other succeeded");
    await until("the question to stand below it", async () =>
      (await terminal.lines()).at(-1)?.endsWith("Go on? [y/N]"),
    );
    expect(await confirm("nosuch")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('has no job "nosuch"; it has upgrade, other') as string,
    });
    isWell = true;
    const confirmed = await confirm();
    expect(confirmed).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("job upgrade goes on") as string,
    });
    await terminal.child.waitFor("answered: rr-submit confirm");
    const { code } = await within("the run to end", terminal.child.exited, 60_000);
    expect(code, terminal.raw).toBe(0);
    expect(ran()).toHaveLength(3);
    expect((await confirm()).stderr).toContain("it has ended");
  });

  it("that hold it fail it where the answer on its terminal is no", async () => {
    const { onTerminal, ran, says } = ground("no", { onGateFail: "hold" });
    says(() => (ran().length > 0 ? 503 : 200));
    const terminal = onTerminal();
    await terminal.child.waitFor("Go on? [y/N]", { withinMs: 60_000 });
    terminal.child.write("n\r");
    const { code } = await within("the run to end", terminal.child.exited, 60_000);
    expect(code, terminal.raw).toBe(1);
    expect(terminal.raw).toContain(`not confirmed (${userInfo().username}@${hostname()} said no)`);
    expect(ran()).toEqual(["h1"]);
  });

  it("need workers that know of them: older ones are named before anything is sent", async () => {
    const older = new GearmanWorker({
      servers: serversOf(site.gearmand.server),
      clientId: "older",
      functions: [{ name: "rr-run.old", handler: async () => "" }],
      places: new Places(1),
      onHandlerError: (_, error) => String(error),
    });
    older.start();
    try {
      await until("it to be there", async () => (await site.gearmand.status("rr-run.old")).workers === 1);
      const gates = [{ name: "page", http: url, pool: "old" }];
      const { code, stderr } = await ground("older", { gates }).run("--wait-for-workers", "1s");
      expect(code).toBe(3);
      expect(stderr).toContain("no worker serves rr-gate.old on");
      expect(stderr).toContain("The workers of rr-run.old are older and ask no gates");
    } finally {
      await older.close();
    }
  });
});

function serversOf(text: string) {
  const parsed = parseServers(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}
