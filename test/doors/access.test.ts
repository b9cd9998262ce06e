import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { API } from "@roadrunner/engine/api";
import { handOverOf, planOf } from "../coordinator/kit.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { DoorsKit, problemOf } from "./doors-kit.ts";

failOnLeftovers();

const description = JSON.parse(readFileSync(new URL("../../docs/openapi.json", import.meta.url), "utf8")) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
};

/** What anybody may ask. */
const OPEN = new Set([
  "get /api/v1/health",
  "get /api/v1/openapi.json",
  "post /api/v1/login",
  "post /api/v1/login/challenge",
]);

const routes = Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => `${method} ${path}`),
);

const planNamed = (name: string) =>
  planOf({ name, slots: [{ jobs: [{ name: "a", hosts: "h1", command: "true" }] }] });

let kit: DoorsKit;

beforeAll(async () => {
  kit = await DoorsKit.start();
  for (const name of ["ada", "grace", "eve", "root"]) kit.keys.make(name);
  kit.allow("ada", "grace", "eve", "root");
  kit.giveRoles({ "ada,grace": "own", eve: "view", "r*": "all" });
});

afterAll(() => kit.stop());

describe("without a token", () => {
  it("there are routes enough to see that", () => {
    expect(routes.length).toBeGreaterThanOrEqual(13);
    expect(routes).toEqual(expect.arrayContaining([...OPEN]));
  });

  it.each(routes.filter((route) => !OPEN.has(route)))("%s is answered with 401", async (route) => {
    const [method = "", path = ""] = route.split(" ");
    const asked = path.slice(API.length).replaceAll(/\{\w+\}/g, "last");
    const answer = await kit.ask(method.toUpperCase(), asked);
    expect(problemOf(answer)).toMatchObject({ status: 401, code: "notLoggedIn" });
    expect(answer.headers["www-authenticate"]).toBe('Bearer realm="roadrunner"');
  });
});

describe("whoever has the role", () => {
  let run: string;
  let gracesRun: string;
  const token: Record<string, string> = {};

  beforeAll(async () => {
    for (const name of ["ada", "grace", "eve", "root"]) token[name] = await kit.tokenOf(name);
    const handOver = handOverOf(planNamed("rollout"));
    ({ run } = handOver);
    const answer = await kit.ask("POST", "/runs", { token: token["ada"], body: handOver });
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.json));
  });

  const asked = async (who: string, act: string, body?: unknown) => {
    const answer = await kit.ask("POST", act, { token: token[who], body });
    return answer.status === 403 ? problemOf(answer).detail : answer.status;
  };

  it("any of them sees every run, and whose it is", async () => {
    for (const who of ["ada", "grace", "eve", "root"]) {
      const row = await kit.ask("GET", `/runs/${run}`, { token: token[who] });
      expect(row.json).toMatchObject({ run, principal: "ada", by: "ann@desk" });
      const page = await kit.ask("GET", `/runs/${run}/events`, { token: token[who] });
      expect(page.status).toBe(200);
      expect((await kit.ask("GET", "/runs", { token: token[who] })).json).toMatchObject({ runs: [{ run }] });
    }
  });

  it("view does nothing, and is told who could", async () => {
    const may = "whoever has the role own or all may (--roles of the coordinator)";
    for (const [path, does] of [
      ["/runs", "hand over"],
      [`/runs/${run}/stop`, "stop"],
      [`/runs/${run}/kill`, "kill"],
      [`/runs/${run}/confirm`, "answer for"],
      [`/runs/${run}/resume`, "go on with"],
    ] as const)
      expect(await asked("eve", path, {})).toBe(`eve has the role view, which may not ${does} runs; ${may}`);
  });

  it("own does it with runs of his own alone", async () => {
    for (const [path, does] of [
      ["stop", "stop"],
      ["kill", "kill"],
      ["confirm", "answer for"],
      ["resume", "go on with"],
    ] as const)
      expect(await asked("grace", `/runs/${run}/${path}`, {})).toBe(
        `run ${run} was handed over by ada, and grace has the role own: ada, and whoever has the role all may ${does} it`,
      );
    expect(await asked("ada", `/runs/last/stop`)).toBe(200);
    const own = handOverOf(planNamed("other"));
    gracesRun = own.run;
    expect(await asked("grace", "/runs", own)).toBe(201);
    // Nobody takes another's run by handing over one of its id.
    const again = await kit.ask("POST", "/runs", { token: token["ada"], body: own });
    expect(problemOf(again)).toMatchObject({ code: "runIsThere" });
  });

  it("last is the newest of one's own runs, and nobody else's", async () => {
    const last = async (who: string) => kit.ask("GET", "/runs/last", { token: token[who] });
    expect((await last("ada")).json).toMatchObject({ run });
    expect((await last("grace")).json).toMatchObject({ run: gracesRun });
    const none = await kit.ask("POST", "/runs/last/stop", { token: token["root"] });
    expect(problemOf(none)).toMatchObject({
      code: "noSuchRun",
      detail:
        "root has handed over no run that is here: last is the newest of one's own; rr-submit runs lists those of others",
    });
  });

  it("all does it with everybody's, and is told whose it is", async () => {
    const killed = await kit.ask("POST", `/runs/${gracesRun}/kill`, { token: token["root"] });
    expect(killed).toMatchObject({ status: 200, json: { whose: "grace" } });
    const own = await kit.ask("POST", `/runs/${gracesRun}/kill`, { token: token["grace"] });
    expect(own.json).not.toHaveProperty("whose");
  });

  it("and each is written down who did what, or was not let", () => {
    const lines = kit.program
      .output()
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const about = (principal: string) => lines.filter((line) => line["principal"] === principal);
    expect(about("ada").map(({ message }) => message)).toEqual(
      expect.arrayContaining(["a run was handed over", "asked to stop a run"]),
    );
    expect(about("grace")).toContainEqual(
      expect.objectContaining({
        message: "asked to stop a run, and it was not done",
        why: "notAllowed",
        role: "own",
        from: "127.0.0.1",
      }),
    );
    expect(about("eve")).toContainEqual(
      expect.objectContaining({
        message: "asked to stop a run, and it was not done",
        why: "notAllowed",
        role: "view",
        run,
        from: "127.0.0.1",
      }),
    );
    expect(about("root").map(({ message }) => message)).toContain("asked to kill a run");
    expect(kit.program.output()).not.toContain("rrt_");
  });

  it("a role that changes is another one at once, also for whoever is logged in", async () => {
    kit.giveRoles({ "ada,grace": "view", "r*": "all" });
    expect(await asked("ada", `/runs/${run}/stop`)).toMatch("ada has the role view");
    const none = await kit.ask("GET", "/runs", { token: token["eve"] });
    expect(problemOf(none)).toMatchObject({
      status: 401,
      detail: expect.stringContaining("no rule of --roles is for eve") as string,
    });
    kit.giveRoles({ "ada,grace": "own", eve: "view", "r*": "all" });
    expect((await kit.ask("GET", "/runs", { token: token["eve"] })).status).toBe(200);
  });
});
