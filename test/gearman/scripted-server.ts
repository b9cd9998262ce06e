import { createServer, type Server, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import type { ServerAddress } from "@roadrunner/core/gearman";
import { reset } from "../support/reset.ts";
import { encode, onPackets, type Packet, type PacketName } from "../support/gearman-packets.ts";

/** One connection to a scripted server. */
export interface Peer {
  readonly socket: Socket;
  /** Every packet of it, in the order of arrival. */
  readonly received: readonly Packet[];
  /** The names of those, without the pings and the handshake. */
  names(): PacketName[];
  count(name: PacketName): number;
  send(name: PacketName, ...parts: readonly (string | Buffer)[]): void;
  reset(): void;
}

export interface Script {
  readonly onConnect?: (peer: Peer) => void;
  readonly onPacket?: (peer: Peer, packet: Packet) => void;
  /** False: says nothing by itself; else it answers OPTION_REQ and ECHO_REQ. */
  readonly polite?: boolean;
}

export interface ScriptedServer {
  readonly address: ServerAddress;
  /** All that ever connected. */
  readonly peers: readonly Peer[];
  /** Connections that are open now. */
  open(): number;
}

/** Does what no real job server does on request. Ends with the test. */
export async function startScriptedServer(script: Script): Promise<ScriptedServer> {
  const peers: Peer[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
    const peer = makePeer(socket, script);
    peers.push(peer);
    script.onConnect?.(peer);
  });
  const port = await listen(server);
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { address: { host: "127.0.0.1", port }, peers, open: () => sockets.size };
}

function makePeer(socket: Socket, { onPacket, polite = true }: Script): Peer {
  const received: Packet[] = [];
  const peer: Peer = {
    socket,
    received,
    names: () =>
      received.map(({ name }) => name).filter((name) => name !== "OPTION_REQ" && name !== "ECHO_REQ"),
    count: (name) => received.filter((packet) => packet.name === name).length,
    send: (name, ...parts) => socket.write(encode("RES", name, ...parts)),
    reset: () => reset(socket),
  };
  onPackets(socket, (packet) => {
    received.push(packet);
    if (polite && packet.name === "OPTION_REQ") peer.send("OPTION_RES", packet.data);
    else if (polite && packet.name === "ECHO_REQ") peer.send("ECHO_RES", packet.data);
    else onPacket?.(peer, packet);
  });
  return peer;
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: "127.0.0.1", port: 0 }, () => {
      const address = server.address();
      if (address === null || typeof address === "string") reject(new Error("no port"));
      else resolve(address.port);
    });
  });
}

/** For `onPacket`: assigns the jobs one after another, then NO_JOB. */
export function assigning(...jobs: readonly string[]) {
  const left = [...jobs];
  return (peer: Peer, { name }: { readonly name: string }) => {
    if (name !== "GRAB_JOB_UNIQ") return;
    const job = left.shift();
    if (job === undefined) peer.send("NO_JOB");
    else peer.send("JOB_ASSIGN_UNIQ", job, "f", `unique-of-${job}`, `workload of ${job}`);
  };
}
