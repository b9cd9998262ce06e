import { connect, createServer, type Socket } from "node:net";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { until } from "../support/until.ts";
import { FaultProxy } from "./fault-proxy.ts";

/** Answers what it hears, with the address that it was called by. */
const echo = createServer((socket) => {
  socket.on("data", (chunk) => socket.write(`${socket.localAddress} ${chunk.toString()}`));
  socket.on("error", () => {});
});
let proxy: FaultProxy;
let socket: Socket;
let heard = "";

beforeEach(async () => {
  await new Promise<void>((resolve) => echo.listen({ host: "0.0.0.0", port: 0 }, resolve));
  const address = echo.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  proxy = await FaultProxy.start(address.port);
  heard = "";
  socket = connect({ host: "127.9.8.7", port: proxy.port });
  socket.on("data", (chunk) => (heard += chunk.toString()));
  await once(socket, "connect");
});
afterEach(async () => {
  socket.destroy();
  await proxy.close();
  await new Promise((resolve) => echo.close(resolve));
});

describe("FaultProxy", () => {
  it("goes on to the address that was called", async () => {
    socket.write("a");
    await until("the echo", () => heard.endsWith("a"));
    expect(heard).toBe("127.9.8.7 a");
  });

  it("holds everything up while it stalls, also what connects then, and loses nothing", async () => {
    proxy.stall();
    socket.write("a");
    const later = connect({ host: "127.0.0.1", port: proxy.port });
    let laterHeard = "";
    later.on("data", (chunk) => (laterHeard += chunk.toString()));
    later.write("b");
    await until("both connections", () => proxy.connections === 2);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(heard + laterHeard).toBe("");
    proxy.resume();
    await until("both echoes", () => heard === "127.9.8.7 a" && laterHeard === "127.0.0.1 b");
    later.destroy();
  });

  it("cuts with RST", async () => {
    const error = once(socket, "error");
    socket.on("close", () => {});
    await until("the connection", () => proxy.connections === 1);
    proxy.cut();
    expect(((await error)[0] as NodeJS.ErrnoException).code).toBe("ECONNRESET");
  });
});
