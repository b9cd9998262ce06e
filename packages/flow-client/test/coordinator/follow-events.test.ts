import type { ServerResponse } from "node:http";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import type { RunEvent } from "@roadrunner/core";
import { JournalCheck } from "@roadrunner/engine/journal";
import { followEvents } from "../../src/coordinator/index.ts";
import { madeRun, MADE_RUN } from "../reporters/made-run.ts";
import { clientAt, ScriptedCoordinator } from "./scripted-coordinator.ts";

const events = madeRun([[{ name: "one", hosts: ["h1", "h2"] }]]);
const there = new ScriptedCoordinator();
const client = clientAt(there.path);
/** What each connection is sent, one after the other. */
let scripts: ((response: ServerResponse) => void)[] = [];
let shown: RunEvent[] = [];
let said = "";

beforeAll(() => {
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    said += String(text);
    return true;
  });
});
beforeEach(async () => {
  await there.start();
  there.answer = (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.flushHeaders();
    const script = scripts.shift();
    if (script === undefined) response.destroy();
    else script(response);
  };
});
afterEach(async () => {
  scripts = [];
  shown = [];
  said = "";
  there.asked.length = 0;
  there.lastIds.length = 0;
  await there.stop();
});
afterAll(async () => {
  vi.restoreAllMocks();
  await there.end();
});

function text(number: number): string {
  return `id: ${number}\nevent: run\ndata: ${JSON.stringify(events[number - 1])}\n\n`;
}

function upTo(from: number, to: number): string {
  return Array.from({ length: to - from + 1 }, (_, index) => text(from + index)).join("");
}

async function follow(
  options: { readonly patienceMs?: number; readonly quietMs?: number; away?: AbortSignal } = {},
) {
  const show = (some: readonly RunEvent[]): void => void shown.push(...some);
  return followEvents(client, MADE_RUN, { after: 0, check: new JournalCheck(), show, ...options });
}

it("goes on where it was, however often and wherever the stream is cut, and shows each event once", async () => {
  const last = events.length;
  scripts = [
    (response) => response.end(upTo(1, 2) + text(3).slice(0, 40)),
    (response) => void response.write(upTo(2, 5), () => response.destroy()),
    (response) => response.destroy(),
    (response) => response.end(upTo(4, last)),
  ];
  expect(await follow()).toMatchObject({ kind: "ended", ended: { type: "run.ended" } });
  expect(shown).toEqual(events);
  expect(there.lastIds).toEqual(["0", "2", "5", "5"]);
  expect(said).toBe("");
});

it("waits for a coordinator that is away, says so once, and when it is back", async () => {
  scripts = [(response) => response.end(upTo(1, 2)), (response) => response.end(upTo(3, events.length))];
  const followed = follow();
  await vi.waitFor(() => expect(shown).toHaveLength(2));
  await there.stop();
  await vi.waitFor(() => expect(said).toMatch(/is away: it is waited for, for 60 s at most/), 5000);
  await there.start();
  expect(await followed).toMatchObject({ kind: "ended" });
  expect(shown).toEqual(events);
  expect(said.match(/is away/g)).toHaveLength(1);
  expect(said).toMatch(/is there again\n$/);
});

it("has patience with an end, and says how to look again", async () => {
  scripts = [(response) => response.end(upTo(1, 2))];
  const end = await follow({ patienceMs: 300 });
  const lines = end.kind === "refused" ? end.refusal.lines : [];
  expect(lines[0]).toBe(
    `the coordinator on ${client.name} has not come back within 0.3 s; run ${MADE_RUN} is open`,
  );
  expect(lines.at(-1)).toBe(`When it is there again: rr-submit attach ${MADE_RUN}`);
});

it.each<[string, string, RegExp]>([
  ["leaves an event out", upTo(1, 1) + text(3), /after event 1 .* it sends event 3/],
  ["sends what is no event", "id: 1\nevent: run\ndata: {}\n\n", /is no event/],
  [
    "sends the event of another run",
    `${text(1)}id: 2\nevent: run\ndata: ${JSON.stringify({ ...events[1], run: "x" })}\n\n`,
    /is of run x/,
  ],
  [
    "sends live output as a recorded event",
    `${text(1)}${outputText("run", 2)}`,
    /it sends task.output as run/,
  ],
])("does not believe a coordinator that %s", async (_, sent, why) => {
  scripts = [(response) => response.end(sent)];
  const end = await follow();
  expect(end.kind === "refused" ? end.refusal.lines[0] : "").toMatch(why);
});

it("shows live output, which has no number, among the events", async () => {
  scripts = [(response) => response.end(upTo(1, 4) + outputText("output") + upTo(5, events.length))];
  await follow();
  expect(shown.map(({ type }) => type).indexOf("task.output")).toBe(4);
  expect(shown).toHaveLength(events.length + 1);
});

it("ends where nobody carries the run any more", async () => {
  const row = { run: MADE_RUN, name: "deploy", state: "open", started: "", counts: {} };
  const stream = there.answer;
  there.answer = (request, response) => {
    if (request.url?.includes("/events") === true) stream(request, response);
    else response.end(JSON.stringify(row));
  };
  const silent = (response: ServerResponse): void => void response.write(":\n\n");
  scripts = [(response) => void response.write(upTo(1, 2)), silent, silent];
  expect(await follow({ quietMs: 50 })).toEqual({ kind: "left" });
});

it("ends when nobody looks any more", async () => {
  const away = new AbortController();
  scripts = [(response) => void response.write(upTo(1, 2))];
  const followed = follow({ away: away.signal });
  await vi.waitFor(() => expect(shown).toHaveLength(2));
  away.abort();
  expect(await followed).toEqual({ kind: "away" });
});

function outputText(kind: string, number?: number): string {
  const [first] = events;
  const { time, run } = first ?? {};
  const output = {
    time,
    run,
    type: "task.output",
    slot: 1,
    job: "one",
    host: "h1",
    attempt: 1,
    stream: "stdout",
    data: "x",
  };
  return `${number === undefined ? "" : `id: ${number}\n`}event: ${kind}\ndata: ${JSON.stringify(output)}\n\n`;
}

it("ends where the coordinator does not let it be seen any more, and says that the run goes on", async () => {
  const detail = "the key is revoked";
  const answer = there.answer;
  scripts = [(response) => response.end(upTo(1, 2))];
  there.answer = (request, response) => {
    if (scripts.length > 0) return answer(request, response);
    response
      .writeHead(403)
      .end(JSON.stringify({ type: "x", title: "x", status: 403, code: "notAllowed", detail }));
  };
  const next = `The coordinator carries run ${MADE_RUN} all the same; when it lets you: rr-submit attach ${MADE_RUN}`;
  expect(await follow()).toEqual({ kind: "refused", refusal: { lines: [detail, next], code: 2 } });
});
