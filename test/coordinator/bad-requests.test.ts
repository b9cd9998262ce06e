import { chmodSync, lstatSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect, createServer } from "node:net";
import { dirname, join } from "node:path";
import { API, MAX_BODY_BYTES } from "@roadrunner/engine/api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findFreePort } from "../support/free-port.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startCoordinator } from "../support/processes.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { within } from "../support/until.ts";
import { CoordinatorKit, handOverOf, planOf, problemIn } from "./kit.ts";

failOnLeftovers();

const ofNobody = "20200101-000000-aaaaaaaa";

let kit: CoordinatorKit;
beforeAll(async () => {
  // Nobody listens there: what is handed over waits.
  kit = await CoordinatorKit.start(["--servers", `127.0.0.1:${await findFreePort()}`]);
});
afterAll(async () => {
  await kit.stop();
});

const plan = (name: string) =>
  planOf({ name, slots: [{ jobs: [{ name: "a", hosts: "h1", command: "true" }] }] });

describe("a request that cannot be done", () => {
  it.each([
    ["an unknown path", "GET", "/nothing", undefined, 404, "notFound"],
    ["another method", "DELETE", "/runs", undefined, 404, "notFound"],
    ["no JSON", "POST", "/runs", "{", 400, "badRequest"],
    ["another thing than a run", "POST", "/runs", { v: 1 }, 400, "badRequest"],
    ["deep JSON", "POST", "/runs", "[".repeat(5_000_000), 400, "badRequest"],
    ["deep JSON that ends", "POST", "/runs/last/confirm", deep(100_000), 400, "badRequest"],
    ["an unknown field", "POST", "/runs/last/confirm", { now: true }, 400, "badRequest"],
    ["a number of no event", "GET", `/runs/${ofNobody}/events?from=0`, undefined, 404, "noSuchRun"],
    ["no such run", "GET", `/runs/${ofNobody}`, undefined, 404, "noSuchRun"],
    ["no run's name", "GET", "/runs/..%2f..%2fetc", undefined, 404, "noSuchRun"],
    ["a list of nothing", "GET", "/runs?limit=0", undefined, 400, "badRequest"],
    ["an unknown state", "GET", "/runs?state=odd", undefined, 400, "badRequest"],
  ])("%s", async (_, method, path, body, status, code) => {
    const answer = await kit.ask(method, path, body);
    expect(answer).toMatchObject({ status, type: "application/problem+json" });
    const problem = problemIn(answer);
    expect(problem).toMatchObject({ status, code, type: `urn:roadrunner:problem:${code}` });
    expect(problem.detail.length).toBeGreaterThan(10);
    expect(problem.detail.length).toBeLessThan(1000);
  });

  it("another type than JSON", async () => {
    const answer = await kit.ask("POST", "/runs", "plan: a", { "content-type": "text/yaml" });
    expect(problemIn(answer)).toMatchObject({
      code: "badRequest",
      detail: expect.stringContaining("text/yaml") as string,
    });
  });

  it("a body that is too large is refused before it has come, be its length told or not", async () => {
    for (const headers of [{ "content-length": 100 * 1024 * 1024 }, { "transfer-encoding": "chunked" }]) {
      const { status, sent } = await sendMuch(kit.socket, headers);
      expect(status).toBe(413);
      expect(sent).toBeLessThan(MAX_BODY_BYTES + 8 * 1024 * 1024);
    }
    expect((await kit.ask("GET", "/health")).json).toMatchObject({ ok: true });
  });

  it("a flow that runs already: the run is named; the same hand-over is the same run, another one is not", async () => {
    const first = handOverOf(plan("twice"));
    expect(await kit.ask("POST", "/runs", first)).toMatchObject({ status: 201, json: { run: first.run } });
    expect(await kit.ask("POST", "/runs", first)).toMatchObject({ status: 201, json: { run: first.run } });
    const second = problemIn(await kit.ask("POST", "/runs", handOverOf(plan("twice"))));
    expect(second).toMatchObject({
      status: 409,
      code: "flowRunsAlready",
      detail: expect.stringContaining(first.run) as string,
    });
    const other = problemIn(await kit.ask("POST", "/runs", handOverOf(plan("other"), { run: first.run })));
    expect(other).toMatchObject({ status: 409, code: "runIsThere" });
    const concurrent = await kit.handOver(plan("twice"), { concurrent: true });
    const ids = (await kit.ask("GET", "/runs?flow=twice")).json as { runs: readonly { run: string }[] };
    expect(ids.runs.map(({ run }) => run).toSorted()).toEqual([first.run, concurrent].toSorted());
    // It is being carried, and waits for a job server.
    expect(problemIn(await kit.ask("POST", `/runs/${first.run}/resume`, resume))).toMatchObject({
      code: "flowRunsAlready",
    });
    for (const run of [first.run, concurrent]) await kit.ask("POST", `/runs/${run}/stop`);
    expect(await kit.ended(first.run)).toBe("cancelled");
    expect(await kit.ended(concurrent)).toBe("cancelled");
  });

  it("secrets without a pool key: nothing is kept of them", async () => {
    const secret = "hunter2-and-more";
    const withSecret = planOf({
      name: "secret",
      params: { password: { type: "secret" } },
      slots: [{ jobs: [{ name: "a", hosts: "h1", command: "true" }] }],
    });
    const answer = await kit.ask("POST", "/runs", handOverOf(withSecret, { secrets: { password: secret } }));
    expect(problemIn(answer)).toMatchObject({
      status: 422,
      code: "needsSecrets",
      detail: expect.stringContaining("--pool-key-file") as string,
    });
    expect(kit.program.output()).not.toContain(secret);
  });
});

const resume = { by: { version: "1", who: "ann", where: "desk" }, confirm: false };

describe("a socket that cannot be had", () => {
  it("the folder and the socket are their owner's alone", () => {
    expect(lstatSync(kit.socket).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(kit.socket)).mode & 0o077).toBe(0);
  });

  it.each([
    ["a path that is too long", (dir: string) => `unix:${join(dir, "x".repeat(110))}`, /at most 107 bytes/],
    ["a TCP address", () => "127.0.0.1:8080", /--allowed-signers/],
    [
      "a file that is there",
      (dir: string) => (writeFileSync(join(dir, "f"), "mine"), `unix:${join(dir, "f")}`),
      /something else than a socket/,
    ],
    [
      "a folder that others may write",
      (dir: string) => {
        mkdirSync(join(dir, "open"));
        chmodSync(join(dir, "open"), 0o777);
        return `unix:${join(dir, "open", "s")}`;
      },
      /chmod/,
    ],
  ])("%s", async (_, listen, why) => {
    const home = makeTempDir("socket");
    try {
      const program = startCoordinator(["--listen", listen(home.path)], { home: home.path });
      const { code } = await within("it to end", program.exited);
      expect(code).toBeGreaterThan(1);
      expect(program.stderr()).toMatch(why);
    } finally {
      home.remove();
    }
  });

  it("nor starts it with a key that is not there", async () => {
    const program = startCoordinator(["--sign-key", "/nowhere/id", "--listen", `unix:${kit.socket}3`]);
    expect(await within("it to end", program.exited)).toMatchObject({ code: 2 });
    expect(program.stderr()).toMatch(/^rr-coordinator: --sign-key \/nowhere\/id /);
  });

  it("that of a living coordinator; what it does goes on", async () => {
    const home = makeTempDir("socket");
    try {
      const program = startCoordinator(["--listen", `unix:${kit.socket}`], { home: home.path });
      expect(await within("it to end", program.exited)).toMatchObject({ code: 3 });
      expect(program.stderr()).toMatch(/another coordinator has it/);
      expect((await kit.ask("GET", "/health")).json).toMatchObject({ ok: true, store: "sqlite" });
    } finally {
      home.remove();
    }
  });

  it("the store of a living coordinator", async () => {
    const program = startCoordinator(["--listen", `unix:${kit.socket}2`], { home: kit.home.path });
    expect(await within("it to end", program.exited)).toMatchObject({ code: 3 });
    expect(program.stderr()).toMatch(/store/);
  });

  it("that which a dead process left is taken", async () => {
    const home = makeTempDir("socket");
    const path = join(home.path, "s");
    // A listener that is gone, and its socket is not.
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const kept = `${path}.kept`;
    renameSync(path, kept);
    await new Promise((resolve) => server.close(resolve));
    renameSync(kept, path);
    const program = startCoordinator(["--listen", `unix:${path}`], { home: home.path });
    try {
      await program.waitFor("carrying runs");
    } finally {
      await program.stop();
      home.remove();
    }
    expect(() => lstatSync(path)).toThrow("ENOENT");
  });
});

it("who says nothing after connecting is let go, and who connects too often finds no place; others are served", async () => {
  const sockets = Array.from({ length: 1005 }, () => connect({ path: kit.socket }));
  const closed = await within(
    "those to be closed that are too many",
    new Promise<number>((resolve) => {
      let count = 0;
      for (const socket of sockets) {
        socket.on("error", () => undefined);
        socket.on("close", () => {
          count += 1;
          if (count === 5) resolve(count);
        });
      }
    }),
  );
  expect(closed).toBe(5);
  for (const socket of sockets) socket.destroy();
  expect((await kit.ask("GET", "/health")).json).toMatchObject({ ok: true });
});

it("tells what can be asked, as docs/openapi.json has it", async () => {
  const answer = await kit.ask("GET", "/openapi.json");
  expect(answer.json).toEqual(
    JSON.parse(readFileSync(new URL("../../docs/openapi.json", import.meta.url), "utf8")),
  );
});

function deep(levels: number): string {
  return `{"job":${"[".repeat(levels)}${"]".repeat(levels)}}`;
}

/** Sends a body without an end, until there is an answer. */
function sendMuch(
  socketPath: string,
  headers: Record<string, string | number>,
): Promise<{ readonly status: number; readonly sent: number }> {
  const chunk = Buffer.alloc(256 * 1024, 0x20);
  let sent = 0;
  return new Promise((resolve, reject) => {
    let isAnswered = false;
    const asked = request({
      ...{ socketPath, method: "POST", path: `${API}/runs` },
      headers: { "content-type": "application/json", ...headers },
    });
    asked.on("response", (response) => {
      isAnswered = true;
      response.resume();
      resolve({ status: response.statusCode ?? 0, sent });
      asked.destroy();
    });
    asked.on("error", (error) => {
      if (!isAnswered) reject(error);
    });
    const send = (): void => {
      if (isAnswered || asked.destroyed) return;
      sent += chunk.length;
      asked.write(chunk, () => setImmediate(send));
    };
    send();
  });
}
