import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

export interface RawOptions {
  readonly port: number;
  readonly localAddress?: string;
  /** Said a byte each time, so many milliseconds apart. */
  readonly everyMs?: number;
}

export interface RawAnswer {
  /** All that came back. */
  readonly text: string;
  /** Of each answer in it. */
  readonly statuses: readonly number[];
  readonly tookMs: number;
}

/** Says these bytes over TLS, as they are, and hears what comes until the other side ends. */
export function sayRaw(
  said: string | Buffer,
  { port, localAddress, everyMs }: RawOptions,
): Promise<RawAnswer> {
  const began = performance.now();
  return new Promise((resolve) => {
    const socket = connectTls({
      ...{ host: "127.0.0.1", port, rejectUnauthorized: false },
      ...(localAddress === undefined ? {} : { localAddress }),
    });
    const heard: Buffer[] = [];
    let timer: NodeJS.Timeout | undefined;
    socket.on("data", (chunk: Buffer) => heard.push(chunk));
    socket.on("error", () => undefined);
    socket.once("close", () => {
      clearInterval(timer);
      const text = Buffer.concat(heard).toString("latin1");
      const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
      resolve({ text, statuses, tookMs: performance.now() - began });
    });
    socket.once("secureConnect", () => {
      if (everyMs === undefined) socket.write(said);
      else timer = slowly(socket, Buffer.from(said), everyMs);
    });
  });
}

/** Begins a handshake and goes no further; resolves with the milliseconds after which it was ended. */
export function beginHandshake(port: number): Promise<number> {
  const began = performance.now();
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port }, () => {
      socket.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]));
    });
    socket.on("error", () => undefined);
    socket.resume();
    socket.once("close", () => resolve(performance.now() - began));
  });
}

function slowly(socket: Socket, bytes: Buffer, everyMs: number): NodeJS.Timeout {
  let at = 0;
  return setInterval(() => {
    if (at < bytes.length) socket.write(bytes.subarray(at, at + 1));
    at += 1;
  }, everyMs);
}
