import { rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { eventsOf } from "../support/site.ts";
import { until, within } from "../support/until.ts";
import { SubmitGround } from "./submit-ground.ts";

failOnLeftovers();

let ground: SubmitGround;
beforeAll(async () => {
  ground = await SubmitGround.start(3);
  gate = join(ground.kit.home.path, "go");
});
afterAll(async () => {
  await ground.stop();
});

/** On the hosts, which are all this box: commands wait until it is there. */
let gate: string;
const waits = (): string => `while ! [ -e ${gate} ]; do sleep 0.1; done`;
const go = (): void => writeFileSync(gate, "");
const hold = (): void => rmSync(gate, { force: true });
const ran = (name: string, count: number) =>
  until(`${count} commands to run`, () => ground.site.lines(name).length === count);

describe("a run that is watched", () => {
  it("goes on, and so does the view, when the coordinator is killed and started again", async () => {
    hold();
    const view = ground.begin([ground.flow("killed", waits()), "--output", "ndjson"]);
    await ran("killed", 3);
    await ground.kit.program.kill();
    await view.waitFor("is away: it is waited for, for 60 s at most");
    go();
    await ground.kit.restart();
    const { code } = await within("the view to end", view.exited, 60_000);
    expect(code, view.stderr()).toBe(0);
    expect(view.stderr()).toContain("is there again");
    const events = eventsOf(view.stdout());
    expect(events).toEqual(await ground.kit.events(events[0]?.run ?? ""));
    expect(events.map(({ type }) => type)).toContain("run.resumed");
    expect(ground.site.lines("killed")).toHaveLength(3);
  });

  it("is one run when the coordinator's answer is lost, and it is handed over again", async () => {
    const proxy = await cutFirst(ground.kit.socket, join(ground.kit.home.path, "cut.sock"));
    const flow = ground.flow("twice", "true");
    const left = await ground.run([flow, "--detach"], { RR_COORDINATOR: `unix:${proxy.path}` });
    expect(left).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("it is handed over again, for 60 s at most") as string,
    });
    expect(proxy.connections).toBe(2);
    await proxy.close();
    const run = left.stdout.trim();
    expect(await ground.kit.ended(run)).toBe("succeeded");
    const { stdout } = await ground.run(["runs", "--flow", "twice"]);
    expect(stdout.match(/^\d+-\d+-\w+/gm)).toEqual([run]);
    expect(ground.site.lines("twice")).toHaveLength(3);
  });

  it.each(["SIGINT", "SIGTERM"] as const)("is left by %s where nobody sits at a terminal", async (signal) => {
    hold();
    const flow = ground.flow(`left-${signal}`, waits());
    const view = ground.begin([flow, "--output", "plain"]);
    await ran(`left-${signal}`, 3);
    view.signal(signal);
    expect((await within("rr-submit to leave", view.exited)).code).toBe(0);
    const [, run = ""] =
      /detached: run (\S+) goes on; see it again: rr-submit attach \S+/.exec(view.stderr()) ?? [];
    const again = ground.begin(["attach", run, "--output", "ndjson"]);
    await again.waitFor("task.started");
    go();
    expect((await within("attach to end", again.exited)).code).toBe(0);
    expect(eventsOf(again.stdout())).toEqual(await ground.kit.events(run));
  });

  it("waits for a yes from elsewhere: views tell it, and a terminal that is asked hears that it is said", async () => {
    const job = (name: string) => ({ name, hosts: "h1", command: "true" });
    const slots = [{ jobs: [job("work")] }, { name: "second", confirm: "Go on?", jobs: [job("more")] }];
    const view = ground.begin([
      ground.site.flow({ name: "asks", slots }, "asks.json"),
      ...["--output", "plain"],
    ]);
    await view.waitFor(/slot 2 \(second\) waits for a yes: Go on\?; say it: rr-submit confirm \S+\n/);
    const terminal = ground.onTerminal(["attach", "--output", "plain"]);
    await terminal.child.waitFor("Go on? [y/N] ");
    const confirmed = await ground.run(["confirm", "last"]);
    expect(confirmed, confirmed.stderr).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("slot 2 (second) goes on") as string,
    });
    for (const { exited } of [view, terminal.child])
      expect((await within("the run to end", exited)).code).toBe(0);
    expect(terminal.raw).toContain("the slot has started");
    const me = `${userInfo().username}@${hostname()} on the coordinator's socket`;
    expect(view.stdout()).toContain(`slot 2 of 2 started, confirmed by ${me}\n`);
    expect((await ground.run(["report", "last"])).stdout).toContain(
      `\nslot 2 succeeded, confirmed by ${me}\n`,
    );
    expect((await ground.run(["confirm", "last"])).code).toBe(2);
  });
});

describe("at a terminal", () => {
  it("Ctrl-C asks: Enter stays, d leaves the run, and in attach s stops it, and then kills", async () => {
    hold();
    const view = ground.onTerminal([ground.flow("asked", waits())]);
    await ran("asked", 3);
    const press = async (keys: string): Promise<void> => {
      view.child.write("\x03");
      await until("the question", async () => (await view.lines()).at(-1)?.endsWith("Enter: stay >"));
      view.child.write(keys);
    };
    await press("\r");
    await until("the question to go", async () => !(await view.lines()).at(-1)?.endsWith("Enter: stay >"));
    await press("d\r");
    expect((await within("rr-submit to leave", view.child.exited)).code).toBe(0);
    expect(view.raw).toContain("goes on; see it again: rr-submit attach");
    const again = ground.onTerminal(["attach", "last", "--output", "plain"]);
    await again.child.waitFor("work");
    again.child.write("\x03");
    await again.child.waitFor("d: detach (it goes on), s: stop it, Enter: stay > ");
    again.child.write("s\r");
    await again.child.waitFor("stopping: nothing new starts");
    // The same key pressed within a second is one.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    again.child.write("\x03");
    await again.child.waitFor("s: kill what runs on its hosts, Enter: stay > ");
    again.child.write("s\r");
    expect((await within("the run to end", again.child.exited)).code).toBe(130);
    expect(again.raw).toContain("Go on: rr-submit resume");
  });

  it("is asked what the run waits for, and says it to the coordinator: yes, and no", async () => {
    const job = (name: string) => ({ name, hosts: "h1", command: "true" });
    const slots = [
      { jobs: [job("a")] },
      { confirm: "Second?", jobs: [job("b")] },
      { confirm: "Third?", jobs: [job("c")] },
    ];
    const view = ground.onTerminal([
      ground.site.flow({ name: "terminal", slots }, "terminal.json"),
      "--output",
      "plain",
    ]);
    await view.child.waitFor("Second? [y/N] ");
    view.child.write("\x03");
    await view.child.waitFor("Enter: stay > ");
    view.child.write("\r");
    await view.child.waitFor(/Second\? \[y\/N\] [^]*Second\? \[y\/N\] /);
    view.child.write("y\r");
    await view.child.waitFor("Third? [y/N] ");
    view.child.write("n\r");
    expect((await within("the run to end", view.child.exited)).code, view.raw).toBe(130);
    const me = `${userInfo().username}@${hostname()} on the coordinator's socket`;
    expect(view.raw).toContain(`stopping: not confirmed (${me} said no)`);
  });
});

/** Passes on to a coordinator, and cuts the first connection when its answer begins. */
async function cutFirst(socket: string, path: string) {
  let connections = 0;
  const server = createServer((client) => {
    connections += 1;
    const cuts = connections === 1;
    const there = connect(socket);
    client.pipe(there);
    if (cuts) there.once("data", () => client.destroy());
    else there.pipe(client);
    client.on("close", () => there.destroy());
    client.on("error", () => undefined);
    there.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => void server.listen(path, resolve));
  return {
    path,
    get connections() {
      return connections;
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
