import { expect, test } from "vitest";
import { startChild } from "../support/child-program.ts";
import { findFreePort } from "../support/free-port.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { within } from "../support/until.ts";
import { gearmandForTest } from "./kit.ts";
import { startScriptedServer } from "./scripted-server.ts";

failOnLeftovers();

// What npm run build made: a process of its own cannot read the sources.
const built = new URL("../../packages/core/dist/gearman/index.js", import.meta.url).href;

/** Runs a program that has the adapter's names, and `server`; gives what it printed and its exit code. */
async function run(
  port: number,
  program: string,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = startChild(process.execPath, [
    "--input-type=module",
    "--eval",
    `import { GearmanClient, GearmanWorker, Places, startEmbeddedServer } from ${JSON.stringify(built)};
     const server = { host: "127.0.0.1", port: ${port} };
     const up = (client) => new Promise((done) => client.onState(({ type }) => type === "up" && done()));
     const makeWorker = (servers, handler) => new GearmanWorker({ servers, clientId: "w", places: new Places(1),
       functions: [{ name: "f", handler }], onHandlerError: () => "", onUndeliverable: () => {} });
     ${program}`,
  ]);
  try {
    const { code } = await within("the program to end by itself", child.exited);
    return { code, output: child.output() };
  } finally {
    await child.kill();
  }
}

test("after close the process ends: idle, with a job in flight, before it was ever up", async () => {
  const gearmand = await gearmandForTest();
  const program = `
    const client = new GearmanClient({ servers: [server] });
    client.start();
    await up(client);
    const { result } = client.submit({ functionName: "f", unique: "u", workload: "", timeoutMs: 3_600_000 });
    const early = new GearmanClient({ servers: [server] });
    early.start();
    await Promise.all([client.close(), early.close()]);
    console.log((await result).kind);`;
  expect(await run(gearmand.port, program)).toEqual({ code: 0, output: "lost\n" });
});

test("after close while connecting, in the handshake, and between attempts", async () => {
  const silent = await startScriptedServer({ polite: false });
  const nobody = await findFreePort();
  const program = `
    const clients = [server, { host: "127.0.0.1", port: ${nobody} }].map((one) => new GearmanClient({ servers: [one] }));
    for (const client of clients) client.start();
    setTimeout(() => clients.forEach((client) => client.close()), 200);`;
  expect(await run(silent.address.port, program)).toEqual({ code: 0, output: "" });
});

test("after a drain, and after a close, of a worker", async () => {
  const gearmand = await gearmandForTest();
  const program = `
    const workers = [makeWorker([server], async () => "done"), makeWorker([server], async () => "done")];
    const client = new GearmanClient({ servers: [server] });
    for (const one of [...workers, client]) one.start();
    await up(client);
    const { result } = client.submit({ functionName: "f", unique: "u", workload: "" });
    console.log((await result).data.toString());
    await workers[0].drain();
    await workers[1].close();
    await client.close();`;
  expect(await run(gearmand.port, program)).toEqual({ code: 0, output: "done\n" });
});

test("after the embedded server was closed, even first and with all connected", async () => {
  const program = `
    const { value: embedded } = await startEmbeddedServer();
    const worker = makeWorker([embedded.address], async () => "done");
    const client = new GearmanClient({ servers: [embedded.address] });
    worker.start();
    client.start();
    await up(client);
    console.log((await client.submit({ functionName: "f", unique: "u", workload: "" }).result).data.toString());
    await embedded.close();
    await Promise.all([worker.drain(), client.close()]);`;
  expect(await run(0, program)).toEqual({ code: 0, output: "done\n" });
});

test("until then it stays, also where all that it waits for is a connection", async () => {
  const silent = await startScriptedServer({ polite: false });
  const program = `
    const client = new GearmanClient({ servers: [server], handshakeTimeoutMs: 300 });
    let attempts = 0;
    client.onState(({ type }) => {
      if (type !== "connecting") return;
      attempts += 1;
      if (attempts < 4) return;
      console.log("still here");
      client.close();
    });
    client.start();`;
  expect(await run(silent.address.port, program)).toEqual({ code: 0, output: "still here\n" });
});
