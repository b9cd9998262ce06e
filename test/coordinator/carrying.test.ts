import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { names, outcomes, Site } from "../support/site.ts";
import { ownFolder } from "../support/sshd.ts";
import { until, within } from "../support/until.ts";
import { CoordinatorKit, planOf, problemIn } from "./kit.ts";

failOnLeftovers();

const HOSTS = 12;

let site: Site;
let kit: CoordinatorKit;
beforeAll(async () => {
  site = await Site.start({ hosts: names("h", HOSTS), workers: 2, concurrency: 5 });
  kit = await CoordinatorKit.start(["--servers", site.gearmand.server]);
});
afterAll(async () => {
  await kit.stop();
  await site.stop();
});

const flow = (name: string, command: string, job: object = {}) => ({
  name,
  slots: [{ jobs: [{ name: "work", hosts: `h[1-${HOSTS}]`, command, ...job }] }],
});
const onEach = (trace: string, more = "") => `${ownFolder}; echo x >> $d/${trace}; ${more}`;

describe("a run that is handed over", () => {
  it("is carried to its end, listed, and read by pages and as it goes", async () => {
    const plan = planOf(flow("first", onEach("first", "echo hello; sleep 0.3")));
    const run = await kit.handOver(plan);
    const watching = kit.watch(run);
    expect(await kit.ended(run)).toBe("succeeded");
    await within("the stream to end", watching.over);
    expect(site.lines("first")).toHaveLength(HOSTS);
    const events = await kit.events(run);
    expect(events[0]).toMatchObject({ type: "run.started", who: "ann", where: "desk", plan });
    expect(events.at(-1)).toMatchObject({ type: "run.ended", verdict: "succeeded" });
    expect(outcomes(events).size).toBe(HOSTS);
    expect(watching.events).toEqual(events);
    expect(watching.numbers).toEqual(events.map((_, index) => index + 1));
    expect(watching.outputs.join("")).toContain("hello");
    expect(await kit.row(run)).toMatchObject({ run, name: "first", by: "ann@desk", counts: { ok: HOSTS } });
    expect((await kit.ask("GET", "/runs?flow=first")).json).toMatchObject({ runs: [{ run }] });
  });
});

describe("what is said to a run", () => {
  const held = (name: string) => ({
    name,
    slots: [
      { jobs: [{ name: "a", hosts: "h[1-2]", command: "true" }] },
      {
        confirm: "Go on?",
        jobs: [{ name: "b", hosts: "h[1-2]", command: `${ownFolder}; echo x >> $d/${name}` }],
      },
    ],
  });

  it("stop drains it, within a second again does nothing, later it kills", async () => {
    const command = onEach("stopped", "while :; do sleep 0.1; done");
    const run = await kit.handOver(planOf(flow("stopped", command, { parallelism: 5 })));
    await until("five commands to run", () => site.lines("stopped").length === 5);
    const said = async () => ((await kit.ask("POST", `/runs/${run}/stop`, {})).json as { text: string }).text;
    expect(await said()).toMatch(/^stopping: nothing new starts/);
    expect(await said()).toMatch(/within a second/);
    await until("the first stop to be a second ago", async () =>
      (await said()).startsWith("killing what runs"),
    );
    expect(await kit.ended(run)).toBe("cancelled");
    expect(site.lines("stopped")).toHaveLength(5);
    expect(problemIn(await kit.ask("POST", `/runs/${run}/stop`, {}))).toMatchObject({
      ...{ status: 409, code: "notCarried", detail: `run ${run} has ended: rr-submit report ${run}` },
    });
  });

  it("kill kills at once", async () => {
    const run = await kit.handOver(planOf(flow("killed", onEach("killed", "sleep 1000"))));
    await until("a command to run", () => site.lines("killed").length > 0);
    expect((await kit.ask("POST", `/runs/${run}/kill`)).json).toEqual({
      text: "killing what runs on its hosts",
    });
    expect(await kit.ended(run)).toBe("cancelled");
  });

  it("yes lets it go on, and nothing else does; no ends it", async () => {
    const run = await kit.handOver(planOf(held("confirmed")));
    await until(
      "it to wait",
      async () => (await kit.row(run)).waits !== undefined || (await kit.row(run)).counts.ok === 2,
    );
    const confirm = async (one: string, body: object = {}) =>
      (await kit.ask("POST", `/runs/${one}/confirm`, body)).json as { done: boolean; text: string };
    expect(await confirm(run, { job: "zz" })).toMatchObject({ done: false });
    // What he says of himself: letter for letter a principal, which it is not to be taken for.
    const by = { version: "1", who: "ann", where: "ops.example.com" };
    await until("its question", async () => (await confirm(run, { by })).done);
    expect(await kit.ended(run)).toBe("succeeded");
    const starts = (await kit.events(run)).filter((event) => event.type === "slot.started");
    expect(starts.map((event) => event.by)).toEqual([
      undefined,
      "ann@ops.example.com on the coordinator's socket",
    ]);
    expect(site.lines("confirmed")).toHaveLength(2);
    const refused = await kit.handOver(planOf(held("refused")));
    await until("its question", async () => (await confirm(refused, { goOn: false })).done);
    expect(await kit.ended(refused)).toBe("cancelled");
    expect(await kit.events(refused)).toContainEqual(
      expect.objectContaining({
        ...{ type: "run.stopping", reason: "not confirmed (the coordinator's socket said no)" },
      }),
    );
    expect(site.lines("refused")).toHaveLength(0);
    for (const [of, answer] of [
      [run, "yes"],
      [refused, "no"],
    ] as const)
      await until("the answer in its log", () =>
        kit.logged("asked to answer for a run", of).some((line) => line["answer"] === answer),
      );
  });
});
