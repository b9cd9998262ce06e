import type { PacketType } from "gearman-packet";

const HEADER_BYTES = 12;
const REQUEST_MAGIC = Buffer.from("\0REQ", "latin1");

/**
 * The bytes of one request packet: arguments with NUL after each that has another part behind it, as Gearman's
 * PROTOCOL has it. gearman-packet's emitter makes eight buffers of a packet; this makes one.
 */
export function encodeRequest(type: PacketType, args: readonly string[], body?: Buffer): Buffer {
  let head = args.join("\0");
  if (body !== undefined && args.length > 0) head += "\0";
  const headBytes = Buffer.byteLength(head);
  const dataBytes = headBytes + (body?.length ?? 0);
  const packet = Buffer.allocUnsafe(HEADER_BYTES + dataBytes);
  REQUEST_MAGIC.copy(packet);
  packet.writeUInt32BE(type.id, 4);
  packet.writeUInt32BE(dataBytes, 8);
  packet.write(head, HEADER_BYTES);
  body?.copy(packet, HEADER_BYTES + headBytes);
  return packet;
}
