import type { PacketType } from "gearman-packet";
import type { PacketParser } from "./packet-parser.ts";

/** Over twice of what either side takes, so that what is only too large is read to its end and told as that. */
const MAX_PACKET_BYTES = 128 * 1024 * 1024;
/** Bound on all arguments of a packet together, and on a packet that carries nothing else. */
const MAX_ARGUMENT_BYTES = 64 * 1024;
/** Packets that carry workloads and answers. */
const LONG = /^(SUBMIT_|JOB_ASSIGN|WORK_)/;

/**
 * Has a parser read arguments of any length up to 64 KiB, where gearman-packet's own stops at 63 bytes, and refuse
 * a packet by its head where more is claimed than anybody sends: it waits for arguments, and copies all that is there
 * at each chunk. A refused packet is an error of the parser, which ends the connection.
 */
export function boundPackets(parser: unknown): void {
  const own = parser as PacketParser;
  const header = own.header.bind(own);
  own.header = () => {
    const next = header();
    if (own.packetSize === null || next === undefined || next === own.packetSkip) return next;
    const { type } = own.packet;
    const most = mostBytes(type);
    if (own.packetSize <= most) return next;
    own.emit(
      "error",
      new Error(`a ${type.name} packet of ${own.packetSize} bytes; at most ${most} are read`),
    );
    return own.packetSkip;
  };
  own.args = () => {
    const { type } = own.packet;
    const names = type.args;
    const last = hasBody(type) ? names.length : names.length - 1;
    while (own.argc < last && own.buffer !== null) {
      const left = (own.packetSize ?? 0) - own.packetArgSize;
      const end = own.buffer.indexOf(0, own.offset);
      const length = end === -1 ? own.bytes() : end - own.offset;
      if (length >= left || own.packetArgSize + length > MAX_ARGUMENT_BYTES) {
        own.emit("error", new Error(`a ${type.name} packet whose argument ${own.argc + 1} does not end`));
        return own.packetSkip;
      }
      if (end === -1) return undefined;
      own.packet.args[names[own.argc] ?? ""] = own.buffer.toString("utf8", own.offset, end);
      own.consume(length + 1);
      own.packetArgSize += length + 1;
      own.argc += 1;
    }
    return own.argc < last ? undefined : own.body;
  };
}

function mostBytes(type: PacketType): number {
  return LONG.test(type.name) && hasBody(type) ? MAX_PACKET_BYTES : MAX_ARGUMENT_BYTES;
}

function hasBody(type: PacketType): boolean {
  return Boolean((type as { readonly body?: unknown }).body);
}
