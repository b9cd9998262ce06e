import { mkdirSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import type { RunRow } from "@roadrunner/engine/api";
import { JournalWriter, runsFolder } from "@roadrunner/engine/journal";
import { findKnownRun, listKnownRuns } from "../../src/known-runs/index.ts";
import { newestFirst } from "../../src/known-runs/newest-first.ts";
import { ScriptedCoordinator } from "../coordinator/scripted-coordinator.ts";
import { madeRun, MADE_RUN } from "../reporters/made-run.ts";

/** The coordinator's answers are a real one's; only here can both places have what happens once in 2^40 runs. */
const there = new ScriptedCoordinator();
const env = { XDG_STATE_HOME: there.folder };
const places = { env, coordinator: there };
const NAME = `unix:${there.path}`;
let rows: RunRow[] = [];

const row = (run: string, started = "2026-11-24T09:16:12.500Z"): RunRow => ({
  ...{ run, name: "f", state: "succeeded", started, counts: {} },
});
const problem = (code: string, detail: string) => ({ type: "x", title: "x", status: 404, code, detail });

beforeAll(async () => {
  mkdirSync(runsFolder(env), { recursive: true, mode: 0o700 });
  const written = JournalWriter.create(runsFolder(env), MADE_RUN);
  if (!written.ok) throw new Error(written.error);
  written.value.append(madeRun([[{ name: "one", hosts: ["h1"] }]]));
  written.value.close();
  await there.start();
  there.answer = (request, response) => {
    const name = decodeURIComponent(request.url?.split("/runs/")[1] ?? "");
    const found = name === "last" ? rows.slice(0, 1) : rows.filter(({ run }) => run.startsWith(name));
    if (name === "") response.end(JSON.stringify({ runs: rows }));
    else if (found.length === 1) response.end(JSON.stringify(found[0]));
    else if (found.length > 1)
      response.writeHead(409).end(JSON.stringify(problem("ambiguousRun", "begins 2 runs: there")));
    else response.writeHead(404).end(JSON.stringify(problem("noSuchRun", "no such run")));
  };
});
beforeEach(() => {
  rows = [];
});
afterAll(async () => {
  await there.end();
});

async function find(name: string) {
  const found = await findKnownRun(name, places);
  return found.ok ? `${found.value.kind} ${found.value.run}` : found.error.lines.join("\n");
}

const OTHER = "20261124-091612-zzzzzzzz";
const NEWER = "20261124-091613-aaaaaaaa";

it("takes the newest of both places as last, within one second the one that started later", async () => {
  expect(await find("last")).toBe(`box ${MADE_RUN}`);
  rows = [row(NEWER)];
  expect(await find("last")).toBe(`coordinator ${NEWER}`);
  rows = [row(OTHER, "2026-11-24T09:16:11.000Z")];
  expect(await find("last")).toBe(`box ${MADE_RUN}`);
  rows = [row(OTHER, "2026-11-24T09:16:12.900Z")];
  expect(await find("last")).toBe(`coordinator ${OTHER}`);
});

it("finds a run where it is, and tells a beginning that both places know", async () => {
  rows = [row(NEWER), row(OTHER)];
  expect(await find("20261124-091613")).toBe(`coordinator ${NEWER}`);
  expect(await find(MADE_RUN)).toBe(`box ${MADE_RUN}`);
  rows = [row(OTHER)];
  expect(await find("20261124")).toBe(
    `"20261124" begins 2 runs: ${MADE_RUN} on this box, ${OTHER} on ${NAME}`,
  );
  expect(await find("2030")).toBe(
    `there is no run "2030" in ${runsFolder(env)}, nor on ${NAME}; rr-submit runs lists them`,
  );
});

it("tells of a beginning of several runs of the coordinator", async () => {
  rows = [row(NEWER), row("20261124-091614-aaaaaaaa")];
  expect(await find("20261124-0916")).toBe("begins 2 runs: there");
});

it("takes the coordinator's run where both places have one of this id, and says so", async () => {
  const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  rows = [row(MADE_RUN)];
  expect(await find(MADE_RUN)).toBe(`coordinator ${MADE_RUN}`);
  expect(said).toHaveBeenCalledWith(expect.stringContaining("--here takes the one of this box"));
  said.mockRestore();
});

it("without the coordinator finds here what is named by its whole id, and nothing that may be elsewhere", async () => {
  await there.stop();
  expect(await find(MADE_RUN)).toBe(`box ${MADE_RUN}`);
  expect(await find("last")).toContain(`no coordinator on ${NAME}: there is no such socket`);
  const { rows: listed, missing } = await listKnownRuns({}, places);
  expect(listed.map(({ run }) => run)).toEqual([MADE_RUN]);
  expect(missing?.code).toBe(3);
  await there.start();
});

it("lists both, newest first, with the coordinator's name", async () => {
  rows = [row(NEWER), row(OTHER, "2026-11-24T09:16:11.000Z")];
  const { rows: listed } = await listKnownRuns({}, places);
  expect(listed.map(({ run, coordinator }) => [run, coordinator])).toEqual([
    [NEWER, NAME],
    [MADE_RUN, undefined],
    [OTHER, NAME],
  ]);
  expect((await listKnownRuns({ last: 1 }, places)).rows.map(({ run }) => run)).toEqual([NEWER]);
});

it("puts what has not started behind what has, within its second", () => {
  expect(newestFirst([row(OTHER, ""), row(MADE_RUN)]).map(({ run }) => run)).toEqual([MADE_RUN, OTHER]);
});
