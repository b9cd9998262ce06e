import { once } from "node:events";
import { connect } from "node:net";
import { onTestFinished } from "vitest";
import { reset } from "../support/reset.ts";
import { encode, onPackets, type Packet, type PacketName } from "../support/gearman-packets.ts";

/** A worker or client of another make on a bare socket, for what ours never says. */
export interface RawPeer {
  send(name: PacketName, ...parts: readonly (string | Buffer)[]): void;
  write(bytes: Buffer): void;
  /** FIN. */
  end(): void;
  reset(): void;
}

/** @param where a port of 127.0.0.1, or the path of a socket */
export async function connectRawPeer(
  where: number | string,
  take: (peer: RawPeer, packet: Packet) => void,
): Promise<RawPeer> {
  const socket =
    typeof where === "string"
      ? connect({ path: where })
      : connect({ host: "127.0.0.1", port: where, noDelay: true });
  socket.on("error", () => {});
  await once(socket, "connect");
  onTestFinished(() => void socket.destroy());
  const peer: RawPeer = {
    send: (name, ...parts) => socket.write(encode("REQ", name, ...parts)),
    write: (bytes) => void socket.write(bytes),
    end: () => socket.end(),
    reset: () => reset(socket),
  };
  onPackets(socket, (packet) => take(peer, packet));
  return peer;
}

/** Grabs one job after another and has `answer` answer it. */
export async function startRawWorker(
  where: number | string,
  functionName: string,
  answer: (peer: RawPeer, handle: string, workload: Buffer) => void,
): Promise<RawPeer> {
  const worker = await connectRawPeer(where, (peer, packet) => {
    if (packet.name === "NOOP") peer.send("GRAB_JOB_UNIQ");
    if (packet.name === "NO_JOB") peer.send("PRE_SLEEP");
    if (packet.name !== "JOB_ASSIGN_UNIQ") return;
    answer(peer, packet.arg(0), packet.body(3));
    peer.send("GRAB_JOB_UNIQ");
  });
  worker.send("CAN_DO", functionName);
  worker.send("GRAB_JOB_UNIQ");
  return worker;
}
