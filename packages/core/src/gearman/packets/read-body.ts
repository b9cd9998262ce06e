import type { PacketBody } from "gearman-packet";
import { wholeBody } from "./whole-bodies.ts";

const NO_BODY = Buffer.alloc(0);

/** Calls back once, as soon as the whole body of a packet is there; never where the connection goes before. */
export function readBody(body: PacketBody, take: (bytes: Buffer) => void): void {
  const whole = wholeBody(body);
  if (whole !== undefined) {
    take(whole);
    return;
  }
  const { length } = body;
  if (length === 0) {
    body.resume();
    take(NO_BODY);
    return;
  }
  const chunks: Buffer[] = [];
  let received = 0;
  body.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    received += chunk.length;
    if (received === length) take(chunks.length === 1 ? chunk : Buffer.concat(chunks, length));
  });
}
