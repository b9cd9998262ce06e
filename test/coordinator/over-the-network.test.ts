import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startAgent } from "../ssh/agent.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findProgram } from "../support/programs.ts";
import { eventsOf } from "../support/site.ts";
import { until, within } from "../support/until.ts";
import { NetworkGround } from "./network-ground.ts";

failOnLeftovers();

let ground: NetworkGround;
let gate = "";
beforeAll(async () => {
  ground = await NetworkGround.start();
  gate = join(ground.home.path, "go");
});
afterAll(async () => {
  await ground.stop();
});

/** On the hosts, which are all this box: commands wait until it is there. */
const waits = (): string => `while ! [ -e ${gate} ]; do sleep 0.1; done`;
const hold = (): void => rmSync(gate, { force: true });
const go = (): void => writeFileSync(gate, "");
const ran = (name: string) => until("both commands to run", () => ground.site.lines(name).length === 2);

describe("a coordinator on the network", () => {
  it("is used by the words for any run, with a login that is made once and told nowhere", async () => {
    hold();
    const left = await ground.run("ann", [ground.flow("left", `${waits()}; echo hello`), "--detach"]);
    expect(left, left.stderr).toMatchObject({ code: 0, stderr: "" });
    const run = left.stdout.trim();
    await ran("left");
    const token = ground.token("ann");
    const stopped = await ground.run("ann", ["stop", run]);
    expect(stopped.stderr).toContain(`run ${run}: stopping`);
    go();
    const attached = await ground.run("ann", ["attach", run, "--output", "ndjson"]);
    expect(eventsOf(attached.stdout).at(-1)).toMatchObject({ type: "run.ended" });
    const words = [
      ["report", run],
      ["status", "--json"],
      ["plan", ground.flow("next", "true"), "--no-servers", "--limit", `@ok:${run}`],
    ];
    const said = await Promise.all(words.map(async (args) => ground.run("ann", args)));
    expect(said.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      words.map(() => ({ code: 0, stderr: "" })),
    );
    expect(said[0]?.stdout).toContain("hello");
    expect(said[0]?.stdout).toContain("\nhanded over by ann\n");
    expect(said[0]?.stdout).toContain(": rr-submit stop by ann\n");
    expect(attached.stderr).toContain(`run ${run} was handed over by ann`);
    expect(JSON.parse(said[1]?.stdout ?? "")).toMatchObject({
      coordinator: {
        address: ground.address,
        ok: true,
        store: "sqlite",
        login: { principal: "ann", role: "own" },
      },
    });
    const shown = await ground.run("ann", ["run", "h1", "--", "echo", "hi"]);
    expect(shown, shown.stderr).toMatchObject({ code: 0, stderr: "" });
    expect(ground.token("ann")).toBe(token);
    expect(statSync(ground.loginFile("ann")).mode & 0o777).toBe(0o600);
    for (const { stdout, stderr } of [left, stopped, attached, shown, ...said])
      expect(stdout + stderr).not.toContain("rrt_");
  });

  it("writes down whose login said yes, whatever he calls himself", async () => {
    const jobs = [{ name: "work", hosts: "h1", command: "true" }];
    const flow = ground.site.flow({ name: "asks", slots: [{ confirm: "Go?", jobs }] }, "asks.json");
    const { stdout } = await ground.run("ann", [flow, "--detach"]);
    const run = stdout.trim();
    await until("it to ask", async () => (await ground.run("ann", ["confirm", run])).code === 0);
    const watched = await ground.run("ann", ["attach", run, "--output", "ndjson"]);
    expect(eventsOf(watched.stdout).find(({ type }) => type === "slot.started")).toMatchObject({ by: "ann" });
    const [text, json, page] = await Promise.all(
      [[], ["--json"], ["--html", "-"]].map(async (how) => ground.run("ann", ["report", run, ...how])),
    );
    expect(text?.stdout).toContain("\nslot 1 succeeded, confirmed by ann\n");
    expect(JSON.parse(json?.stdout ?? "")).toMatchObject({ slots: [{ confirmedBy: "ann" }] });
    expect(page?.stdout).toContain('"confirmed":["slot 1, confirmed by ann"]');
  });

  it("lets in by a key of the agent, and by a certificate", async () => {
    const agent = await startAgent(ground.keys.path);
    agent.add(ground.key("ann"));
    const env = { ...ground.env("ann.pub"), SSH_AUTH_SOCK: agent.socket };
    const byAgent = await ground.run("agent", ["login"], env);
    expect(byAgent, byAgent.stderr).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^logged in to https:\/\/localhost:\d+ as ann, role own, until \d{4}-.* UTC\n$/,
      ) as string,
    });
    const ca = ground.keys.make("ca");
    const signed = ["-s", ca, "-I", "x", "-n", "carol", "-V", "+1h", ground.key("eve.pub")];
    execFileSync(findProgram("ssh-keygen"), ["-q", ...signed]);
    const [type, blob] = readFileSync(`${ca}.pub`, "utf8").split(" ");
    writeFileSync(
      ground.key("allowed"),
      `${readFileSync(ground.key("allowed"), "utf8")}carol cert-authority ${type} ${blob}\n`,
    );
    let said = "";
    await until("the new signers to be read", async () => {
      said = (await ground.run("cert", ["login"], ground.env("eve-cert.pub"))).stdout;
      return said !== "";
    });
    expect(said).toContain(" as carol, role own, until ");
    await agent.stop();
  });

  it("says who may not what, with the exit code of a refusal", async () => {
    const last = await ground.run("bob", ["stop", "last"]);
    expect(last.stderr).toContain("bob has handed over no run that is here");
    const { stdout } = await ground.run("bob", ["runs", "--json"]);
    const [newest] = JSON.parse(stdout) as readonly { readonly run: string; readonly principal: string }[];
    expect(newest?.principal).toBe("ann");
    const stopped = await ground.run("bob", ["stop", newest?.run ?? ""]);
    expect(stopped).toMatchObject({ code: 2, stdout: "" });
    expect(stopped.stderr).toMatch(/view/);
    for (const word of ["sign", "resume"]) {
      const refused = await ground.run("bob", [word, newest?.run ?? ""]);
      expect(refused).toMatchObject({ code: 2, stdout: "" });
      expect(refused.stderr).toContain("bob has the role view, which may not sign for it");
      expect(refused.stderr).not.toContain("--signed-by");
    }
    const stranger = await ground.run("eve", ["runs"]);
    expect(stranger.code).toBe(2);
    expect(stranger.stderr).toMatch(/key|signer/);
    expect(existsSync(ground.loginFile("eve"))).toBe(false);
    const status = await ground.run("nobody", ["status"], ground.env(undefined));
    expect(status.code).toBe(3);
    expect(status.stdout).toMatch(/it is well\n {2}not logged in: .*--sign-key/);
  });

  it("says where nothing answers what to do, and not that there are no runs", async () => {
    const away = { ...ground.env("ann"), RR_COORDINATOR: "https://localhost:1" };
    const runs = await ground.run("alone", ["runs"], away);
    expect(runs).toMatchObject({ code: 3, stdout: "" });
    expect(runs.stderr).toContain("nobody listens on port 1 there");
    const status = await ground.run("alone", ["status"], away);
    expect(status.stdout).toContain("nobody listens on port 1 there. Does one run there (");
  });

  it("takes a new login where one was forged, and gives one back", async () => {
    const login = readFileSync(ground.loginFile("ann"), "utf8");
    writeFileSync(ground.loginFile("ann"), login.replace(/rrt_./, "rrt_="));
    expect((await ground.run("ann", ["runs"])).code).toBe(0);
    const token = ground.token("ann");
    expect((await ground.run("ann", ["logout"])).stdout).toBe(`logged out of ${ground.address}: ann\n`);
    writeFileSync(ground.loginFile("ann"), login.replace(/rrt_[^"]*/, token), { mode: 0o600 });
    const gone = await ground.run("ann", ["report"], ground.env(undefined));
    expect(gone.code).toBe(2);
    expect(gone.stderr).toContain("there is no key to log in anew with");
  });

  it("takes a login from a box whose clock is 10 minutes off", async () => {
    const library = execFileSync(findProgram("faketime"), ["-f", "+0", "printenv", "LD_PRELOAD"], {
      encoding: "utf8",
    });
    const at = (shift: string) => ({
      ...ground.env("ann"),
      ...{ LD_PRELOAD: library.trim(), FAKETIME: shift },
    });
    const late = await ground.run("late", ["login"], at("+10m"));
    expect(late.code, late.stderr).toBe(0);
  });
});

describe("whoever watches a run of a coordinator on the network", () => {
  it("sees it go on where it was, over a restart, another certificate and a login that is gone", async () => {
    hold();
    const view = ground.begin("ann", [ground.flow("watched", waits()), "--output", "ndjson"]);
    await ran("watched");
    const token = ground.token("ann");
    await ground.run("ann", ["logout"]);
    await ground.serve({ certificate: ground.certificate() });
    await until("a new login", () => existsSync(ground.loginFile("ann")) && ground.token("ann") !== token);
    go();
    const { code } = await within("the view to end", view.exited, 30_000);
    expect(code, view.stderr()).toBe(0);
    const events = eventsOf(view.stdout());
    expect(events.map(({ type }) => type)).toContain("run.resumed");
    expect(events.filter(({ type }) => type === "task.ended")).toHaveLength(2);
  });

  it("is told when its key is taken out, and that the run goes on", async () => {
    hold();
    const view = ground.begin("ann", [ground.flow("taken-out", waits()), "--output", "plain"]);
    await ran("taken-out");
    await view.waitFor("started on");
    ground.allow("bob");
    const { code } = await within("the view to end", view.exited, 60_000);
    expect(code).toBe(2);
    expect(view.stderr()).toMatch(
      /The coordinator carries run \S+ all the same; when it lets you: rr-submit attach/,
    );
    ground.allow("ann", "bob");
    go();
    await until("ann to be let in", async () => (await ground.run("ann", ["attach", "last"])).code === 0);
  });

  it("finds another coordinator under the name, and logs in there", async () => {
    await ground.serve({ store: "other" });
    expect((await ground.run("ann", ["runs"])).code).toBe(0);
  });
});
