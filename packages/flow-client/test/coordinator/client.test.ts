import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { HandOver } from "@roadrunner/engine/api";
import { handOverOnce } from "../../src/coordinator/index.ts";
import { madeRun, MADE_RUN } from "../reporters/made-run.ts";
import { bodyOf, clientAt, ScriptedCoordinator } from "./scripted-coordinator.ts";

const there = new ScriptedCoordinator();
const client = clientAt(there.path);
const events = madeRun([[{ name: "one", hosts: ["h1"] }]]);
const [started] = events;
const handOver: HandOver = {
  v: 1,
  run: MADE_RUN,
  plan: started?.type === "run.started" ? started.plan : { name: "", slots: [], finally: [] },
  file: "f.json",
  fileDigest: "",
  warnings: [],
  by: { version: "1", who: "ann", where: "box" },
  carry: {
    ...{ maxInFlight: 1, priority: "normal", keepOutputBytes: 256, live: false },
    ...{ waitForWorkersMs: 1, serverTimeoutMs: 1, lostTimeoutMs: 1 },
  },
  concurrent: false,
};

let said = "";
beforeAll(async () => {
  await there.start();
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    said += String(text);
    return true;
  });
});
afterEach(() => {
  said = "";
});
afterAll(async () => {
  vi.restoreAllMocks();
  await there.end();
});

describe("where no coordinator is", () => {
  const at = (name: string): string => join(there.folder, name);
  it.each<[string, (path: string) => void, RegExp]>([
    ["nothing", () => undefined, /there is no such socket/],
    ["a folder", (path) => mkdirSync(path), /it is a folder; name the socket in it/],
    ["a file", (path) => writeFileSync(path, ""), /it is no socket/],
    [
      "a link to nothing",
      (path) => symlinkSync("/nowhere/c.sock", path),
      /link to a socket that is not there/,
    ],
    ["a file on the way", (path) => writeFileSync(path.replace(/\/c$/, ""), ""), /no such socket/],
  ])("%s: it says so, and what to do", async (name, make, why) => {
    const path = at(name === "a file on the way" ? "way/c" : name.replaceAll(" ", "-"));
    make(path);
    const { error } = (await clientAt(path).health()) as unknown as Failed;
    expect(error).toMatchObject({ kind: "away", refusal: { code: 3 } });
    expect(error.refusal.lines[0]).toMatch(why);
    expect(error.refusal.lines[1]).toBe(
      `Start one: rr-coordinator --servers HOST:PORT --listen unix:${path}; or do without it: --here`,
    );
  });

  it("a socket whose process was killed", async () => {
    const path = at("dead");
    const script = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
    await once(spawn(process.execPath, ["-e", script]), "exit");
    const { error } = (await clientAt(path).health()) as unknown as Failed;
    expect(error.kind).toBe("away");
    expect(error.refusal.lines[0]).toContain("nobody listens there any more");
  });
});

describe("what is no coordinator", () => {
  it.each<[string, number, Record<string, string>, string, RegExp]>([
    ["a page", 200, { "content-type": "text/html" }, "<html>", /its answer is not JSON: "<html>"/],
    ["other JSON", 200, {}, '{"ok":1}', /another one than was asked for \(ok: /],
    [
      "nothing of the kind",
      404,
      { "content-type": "text/plain" },
      "nope",
      /answers 404 \(text\/plain\): "nope"/,
    ],
    ["an empty answer", 200, {}, "", /not JSON: ""/],
  ])("%s is told", async (_, status, headers, text, why) => {
    there.answer = (_request, response) => response.writeHead(status, headers).end(text);
    const { error } = (await client.health()) as unknown as Failed;
    expect(error).toMatchObject({ kind: "foreign", refusal: { code: 3 } });
    expect(error.refusal.lines[0]).toMatch(why);
  });

  it("another protocol", async () => {
    const path = join(there.folder, "smtp");
    const server = createServer((socket) => socket.resume().end("220 mail ESMTP\r\n"));
    await new Promise<void>((resolve) => void server.listen(path, resolve));
    const { error } = (await clientAt(path).health()) as unknown as Failed;
    expect(error.refusal.lines[0]).toContain("it does not speak HTTP");
    await new Promise((resolve) => server.close(resolve));
  });

  it("an older one, which knows no such request", async () => {
    there.answer = (_, response) =>
      response.writeHead(404).end(
        JSON.stringify({
          type: "x",
          title: "x",
          status: 404,
          code: "notFound",
          detail: "there is no GET /x",
        }),
      );
    const { error } = (await client.health()) as unknown as Failed;
    expect(error.refusal.lines.join("\n")).toMatch(
      /understands: there is no GET[^]*coordinator of another version/,
    );
  });

  it.each<[string, unknown, RegExp]>([
    [
      "out of their order",
      { events: [{ number: 2, event: events[1] }], ended: false },
      /after event 0 .* gives event 2/,
    ],
    [
      "that are none",
      { events: [{ number: 1, event: { type: "run.walked" } }], ended: false },
      /event 1 .* is none/,
    ],
    ["without an end", { events: [{ number: 1, event: events[0] }], next: 1, ended: false }, /go on with 1/],
  ])("events %s", async (_, page, why) => {
    there.answer = (_request, response) => response.end(JSON.stringify(page));
    const { error } = (await client.events(MADE_RUN, 1)) as unknown as Failed;
    expect(error.refusal.lines[0]).toMatch(why);
  });
});

it("shows what a coordinator says no with, by its own words", async () => {
  const detail = "the flow f runs already: run 2\nsee it: rr-submit attach 2";
  there.answer = (_, response) =>
    response
      .writeHead(409)
      .end(JSON.stringify({ type: "x", title: "x", status: 409, code: "flowRunsAlready", detail }));
  expect(await client.stop(MADE_RUN)).toMatchObject({
    error: { kind: "problem", code: "flowRunsAlready", refusal: { lines: detail.split("\n"), code: 2 } },
  });
});

describe("a run that is handed over", () => {
  it("is the same run when the coordinator dies before it has answered", async () => {
    const taken: unknown[] = [];
    there.answer = (request, response) => {
      void bodyOf(request).then((body) => {
        taken.push((body as HandOver).run);
        if (taken.length < 3) response.destroy();
        else response.writeHead(201).end(JSON.stringify({ run: MADE_RUN }));
      });
    };
    expect(await handOverOnce(client, handOver, { patienceMs: 10_000 })).toEqual({
      ok: true,
      value: MADE_RUN,
    });
    expect(taken).toEqual([MADE_RUN, MADE_RUN, MADE_RUN]);
    expect(said.match(/handed over again, for 10 s at most/g)).toHaveLength(1);
  });

  it("may be there when it does not come back, and that is told", async () => {
    there.answer = (_, response) => response.destroy();
    const failed = (await handOverOnce(client, handOver, {
      patienceMs: 100,
      word: " --coordinator x",
    })) as unknown as { error: { lines: string[] } };
    expect(failed.error.lines.at(-1)).toBe(
      `Whether the coordinator has run ${MADE_RUN} is not known: rr-submit attach ${MADE_RUN} --coordinator x shows it, or that there is none.`,
    );
  });

  it("is nowhere where none was there", async () => {
    const none = clientAt(join(there.folder, "none"));
    const failed = (await handOverOnce(none, handOver)) as unknown as { error: { lines: string[] } };
    expect(failed.error.lines.at(-1)).toBe("Nothing was handed over.");
  });

  it("is not sent where it has more bytes than a coordinator takes", async () => {
    const count = there.asked.length;
    const failed = await handOverOnce(client, { ...handOver, file: "x".repeat(64 * 1024 ** 2) });
    expect(failed).toMatchObject({ error: { code: 2 } });
    const { lines } = (failed as unknown as { error: { lines: string[] } }).error;
    expect(lines[0]).toBe("the run has 65 MiB as JSON, and a coordinator takes 64 MiB");
    expect(there.asked).toHaveLength(count);
  });

  it("is not taken by what gives it another name", async () => {
    there.answer = (_, response) => response.writeHead(201).end('{"run":"20200101-000000-aaaaaaaa"}');
    expect(await handOverOnce(client, handOver)).toMatchObject({ ok: false });
  });
});

interface Failed {
  readonly error: {
    readonly kind: string;
    readonly refusal: { readonly lines: string[]; readonly code: number };
  };
}
