import { encode, type PacketName } from "./gearman-packets.ts";
import type { GearmanProxy, Passing, Tampering } from "./gearman-proxy.ts";

/** What a GearmanProxy can do to packets, one at a time: `proxy.tamper(drop("JOB_CREATED", 3))`. */

/** Packets from the server whose first argument is a job's handle, so that a client knows by it whose they are. */
const TO_CLIENTS_OF_A_JOB: ReadonlySet<PacketName> = new Set([
  "JOB_CREATED",
  "WORK_DATA",
  "WORK_WARNING",
  "WORK_EXCEPTION",
  "WORK_FAIL",
  "WORK_COMPLETE",
]);
/** One that waits for another to be swapped with goes alone after this. */
const SWAP_WITHIN_MS = 300;

/** Every `every`th packet of this name is lost. */
export function drop(name: PacketName, every = 1): Tampering {
  return nth(name, every, () => []);
}

/** Every `every`th packet of this name comes twice. */
export function double(name: PacketName, every = 1): Tampering {
  return nth(name, every, ({ bytes }) => [bytes, bytes]);
}

/** Every `every`th packet of this name is the last one of its connection, and does not arrive. */
export function cutAt(name: PacketName, every = 1): Tampering {
  return nth(name, every, ({ cut }) => {
    cut();
    return [];
  });
}

/** A connection ends at its `every`th packet to the client, whatever it is. */
export function cutEvery(every: number): Tampering {
  const seen = new Map<number, number>();
  return ({ to, bytes, connection, cut }) => {
    if (to === "server") return [bytes];
    const count = (seen.get(connection) ?? 0) + 1;
    seen.set(connection, count);
    if (count < every) return [bytes];
    cut();
    return [];
  };
}

/** In place of every `every`th packet of this name comes the head of one that claims so many bytes. */
export function claim(name: PacketName, bytes: number, every = 1): Tampering {
  return nth(name, every, (passing) => {
    const head = Buffer.from(passing.bytes);
    head.writeUInt32BE(bytes, 8);
    return [head];
  });
}

/** Two packets of this name in a row on one connection change places: two jobs get each other's handles. */
export function swap(name: PacketName): Tampering {
  const held = new Map<number, { readonly bytes: Buffer; readonly timer: NodeJS.Timeout }>();
  return ({ packet, to, bytes, connection, send }) => {
    if (packet?.name !== name) return [bytes];
    const before = held.get(connection);
    if (before !== undefined) {
      clearTimeout(before.timer);
      held.delete(connection);
      return [bytes, before.bytes];
    }
    const timer = setTimeout(() => {
      held.delete(connection);
      send(to, bytes);
    }, SWAP_WITHIN_MS);
    held.set(connection, { bytes, timer });
    return [];
  };
}

/** Handles are cut at so many bytes on their way to clients, as gearmand cuts those that a long host name makes. */
export function shortHandles(length: number): Tampering {
  return ({ packet, to, bytes }) => {
    if (to === "server" || packet === undefined || !TO_CLIENTS_OF_A_JOB.has(packet.name)) return [bytes];
    const handle = packet.arg(0).slice(0, length);
    return packet.name === "JOB_CREATED" || packet.name === "WORK_FAIL"
      ? [encode("RES", packet.name, handle)]
      : [encode("RES", packet.name, handle, packet.body(1))];
  };
}

/** The server is there for `upMs` and gone for `downMs`, in turns. Returns how to end it: the server is there then. */
export function flap(proxy: GearmanProxy, upMs: number, downMs: number): () => void {
  let timer: NodeJS.Timeout;
  const down = (): void => {
    proxy.refuse();
    timer = setTimeout(up, downMs);
  };
  const up = (): void => {
    proxy.accept();
    timer = setTimeout(down, upMs);
  };
  up();
  return () => {
    clearTimeout(timer);
    proxy.accept();
  };
}

function nth(name: PacketName, every: number, instead: (passing: Passing) => readonly Buffer[]): Tampering {
  let seen = 0;
  return (passing) => {
    if (passing.packet?.name !== name) return [passing.bytes];
    seen += 1;
    return seen % every === 0 ? instead(passing) : [passing.bytes];
  };
}
