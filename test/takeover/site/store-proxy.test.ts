import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { until } from "../../support/until.ts";
import { StoreProxy } from "./store-proxy.ts";

const APPEND = 'with held as (…) insert into "roadrunner"."events" ("run")';

/** Says what it hears. */
let server: Server;
let proxy: StoreProxy;
let client: Socket;
let heard = "";
beforeEach(async () => {
  server = createServer((socket) => socket.on("error", () => {}).pipe(socket));
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  proxy = await StoreProxy.start(server.address() as AddressInfo);
  client = connect(proxy.port, "127.0.0.1");
  heard = "";
  client.on("data", (chunk: Buffer) => (heard += chunk.toString()));
});
afterEach(async () => {
  client.destroy();
  await proxy.close();
  await new Promise((resolve) => server.close(resolve));
});

describe("the proxy before the store", () => {
  it("tells once of an append that is answered, before the answer is passed on", async () => {
    const seen: string[] = [];
    proxy.onNextAppended(() => seen.push(heard));
    client.write("select 1;");
    await until("the answer", () => heard === "select 1;");
    client.write(APPEND);
    await until("the append's answer", () => heard.endsWith(APPEND));
    client.write(APPEND);
    await until("the next answer", () => heard.endsWith(APPEND + APPEND));
    expect(seen).toEqual(["select 1;"]);
  });

  it("is slow where it is told to be, and keeps the order", async () => {
    proxy.delayMs = 200;
    const began = performance.now();
    client.write("a");
    await until("it to be on its way", () => performance.now() - began > 50);
    proxy.delayMs = 0;
    client.write("b");
    await until("both", () => heard === "ab");
    expect(performance.now() - began).toBeGreaterThan(200);
  });
});
