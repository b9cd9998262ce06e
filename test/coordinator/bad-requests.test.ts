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
    ["a path below another one", "GET", "/runs/last/nothing", undefined, 404, "notFound"],
    ["another method", "DELETE", "/runs", undefined, 405, "methodNotAllowed"],
    ["no JSON", "POST", "/runs", "{", 400, "badRequest"],
    ["another thing than a run", "POST", "/runs", { v: 1 }, 400, "badRequest"],
    ["deep JSON", "POST", "/runs", "[".repeat(60_000_000), 400, "badRequest"],
    ["deep JSON that ends", "POST", "/runs", deep(100_000), 400, "badRequest"],
    ["an unknown field", "POST", "/runs", { ...handOverOf(plan("a")), now: true }, 400, "badRequest"],
    ["a word to no run", "POST", `/runs/${ofNobody}/confirm`, { now: true }, 404, "noSuchRun"],
    ["a login where nobody logs in", "POST", "/login", {}, 404, "notFound"],
    ["a challenge where nobody logs in", "POST", "/login/challenge", undefined, 404, "notFound"],
    ["a number of no event", "GET", `/runs/${ofNobody}/events?from=0`, undefined, 404, "noSuchRun"],
    ["tasks that ended in no way", "GET", `/runs/${ofNobody}/tasks?outcome=odd`, undefined, 404, "noSuchRun"],
    ["no such run", "GET", `/runs/${ofNobody}`, undefined, 404, "noSuchRun"],
    ["no run's name", "GET", "/runs/..%2f..%2fetc", undefined, 404, "noSuchRun"],
    ["a list of nothing", "GET", "/runs?limit=0", undefined, 400, "badRequest"],
    ["an unknown state", "GET", "/runs?state=odd", undefined, 400, "badRequest"],
    ["a filter that is misspelt", "GET", "/runs?sate=running", undefined, 400, "badRequest"],
    ["a filter that is given twice", "GET", "/runs?flow=a&flow=b", undefined, 400, "badRequest"],
    ["a filter where there is none", "GET", "/health?all=1", undefined, 400, "badRequest"],
    ["a filter of what is done", "POST", "/runs/last/stop?now=1", undefined, 400, "badRequest"],
    ["a number that is none", "GET", "/runs?limit=1e1", undefined, 400, "badRequest"],
    ["a time that is none", "GET", "/runs?since=yesterday", undefined, 400, "badRequest"],
    ["a page behind no run", "GET", "/runs?before=last", undefined, 400, "badRequest"],
    ["a name with U+0000", "GET", "/runs?flow=a%00b", undefined, 400, "badRequest"],
    ["a path with half a character", "GET", "/runs/%zz", undefined, 400, "badRequest"],
    ["a query with half a character", "GET", "/runs?flow=%e4", undefined, 400, "badRequest"],
  ])("%s", async (_, method, path, body, status, code) => {
    const answer = await kit.ask(method, path, body);
    expect(answer).toMatchObject({ status, type: "application/problem+json" });
    const problem = problemIn(answer);
    expect(problem).toMatchObject({ status, code, type: `urn:roadrunner:problem:${code}` });
    expect(problem.detail.length).toBeGreaterThan(10);
    expect(problem.detail.length).toBeLessThan(1000);
  });

  it("says in plain words what is wrong", async () => {
    const few = problemIn(await kit.ask("GET", "/runs?limit=0", undefined));
    expect(few.detail).toContain("limit is 0, and must be at least 1");
  });

  it.each([
    ["another type", "plan: a", { "content-type": "text/yaml" }, "unsupportedType", "text/yaml"],
    [
      "another type, its length not told",
      "plan: a",
      { "content-type": "text/yaml", "transfer-encoding": "chunked" },
      "unsupportedType",
      "text/yaml",
    ],
    ["what is packed", "{}", { "content-encoding": "gzip" }, "unsupportedType", "gzip"],
    ["no UTF-8", Buffer.from([0x22, 0xff, 0x22]), {}, "badRequest", "UTF-8"],
  ])("%s than JSON", async (_, body, headers, code, told) => {
    const problem = problemIn(await kit.ask("POST", "/runs", body, headers));
    expect(problem).toMatchObject({ code, detail: expect.stringContaining(told) as string });
    expect(problem.status).toBe(code === "badRequest" ? 400 : 415);
  });

  it.each([
    ["/runs", "text/html", 406],
    ["/runs", "application/json;q=0, text/html", 406],
    ["/runs", "text/event-stream", 406],
    ["/runs", "text/html, application/*;q=0.1", 200],
    ["/runs", "application/problem+json, */*", 200],
    ["/runs", "", 200],
    ["/openapi.json", "application/yaml", 406],
    [`/runs/${ofNobody}/events`, "text/html", 406],
    [`/runs/${ofNobody}/events`, "text/event-stream", 404],
  ])("%s with accept: %s is answered with %i", async (path, accept, status) => {
    const answer = await kit.ask("GET", path, undefined, { accept });
    expect(answer).toMatchObject({ status });
    if (status === 406)
      expect(problemIn(answer)).toMatchObject({
        ...{ code: "notAcceptable", detail: expect.stringMatching(/there is application\/json/) as string },
      });
  });

  it("another method is told those that there are, and OPTIONS allows other sites nothing", async () => {
    const path = "/runs/last/stop";
    expect(await kit.ask("GET", path)).toMatchObject({ status: 405, allow: "POST" });
    expect(await kit.ask("PUT", "/runs")).toMatchObject({ status: 405, allow: "POST, GET, HEAD" });
    const preflight = { origin: "https://elsewhere.example", "access-control-request-method": "POST" };
    expect(await kit.ask("OPTIONS", path, undefined, preflight)).toMatchObject({ status: 405 });
  });

  it("a HEAD is a GET without its body", async () => {
    const { status, type, json } = await kit.ask("HEAD", "/health");
    expect({ status, type, json }).toEqual({ status: 200, type: "application/json", json: undefined });
    expect(await kit.ask("HEAD", "/nothing")).toMatchObject({ status: 404, json: undefined });
  });

  it.each([
    ["no HTTP", "GIVE ME\r\n\r\n", 400, "badRequest"],
    ["a method that nobody knows", "FETCH /api/v1/runs HTTP/1.1\r\nhost: x\r\n\r\n", 400, "badRequest"],
    [
      "a header that holds another request",
      "GET / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
      400,
      "badRequest",
    ],
    ["an endless address", `GET /${"a".repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`, 431, "headersTooLarge"],
    ["endless headers", `GET / HTTP/1.1\r\nx: ${"a".repeat(20_000)}\r\n\r\n`, 431, "headersTooLarge"],
  ])("%s", async (_, text, status, code) => {
    const [head = "", body = ""] = (await within("an answer", rawAnswer(kit.socket, text))).split("\r\n\r\n");
    expect(head).toMatch(
      new RegExp(`^HTTP/1.1 ${status} .*\r\ncontent-type: application/problem\\+json\r\n`),
    );
    expect(JSON.parse(body)).toMatchObject({ status, code });
  });

  it("a body that is too large is refused before it has come, be its length told or not", async () => {
    for (const headers of [{ "content-length": 100 * 1024 * 1024 }, { "transfer-encoding": "chunked" }]) {
      const { status, sent } = await sendMuch(kit.socket, headers);
      expect(status).toBe(413);
      expect(sent).toBeLessThan(MAX_BODY_BYTES + 8 * 1024 * 1024);
    }
    expect((await kit.ask("GET", "/health")).json).toMatchObject({ ok: true });
  });

  it.each(["99991231-235959-aaaaaaaa", "20269999-999999-aaaaaaaa", "00000101-000000-aaaaaaaa"])(
    "a new run of no time of now: %s",
    async (run) => {
      const answer = await kit.ask("POST", "/runs", handOverOf(plan("of another time"), { run }));
      expect(problemIn(answer)).toMatchObject({
        code: "badRequest",
        detail: expect.stringMatching(/compare the clocks|begins with no time/) as string,
      });
    },
  );

  it("a word to a run that is larger than any is", async () => {
    const run = await kit.handOver(plan("spoken to"));
    const body = { job: "a".repeat(1024 * 1024) };
    for (const word of ["confirm", "resume", "sign"])
      expect(problemIn(await kit.ask("POST", `/runs/${run}/${word}`, body))).toMatchObject({
        code: "tooLarge",
        detail: "the request has more than 1 MiB, which no word to a run needs",
      });
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

/** What comes back until the connection is closed. */
function rawAnswer(socketPath: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path: socketPath });
    let answer = "";
    socket.setEncoding("utf8");
    socket.on("data", (part: string) => (answer += part));
    socket.on("error", reject);
    socket.on("close", () => resolve(answer));
    socket.write(text);
  });
}

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
