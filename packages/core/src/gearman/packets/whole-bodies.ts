import type { Packet } from "gearman-packet";
import type { PacketParser } from "./packet-parser.ts";

/** Packets whose bodies abraxas itself never reads: workloads, answers and echoes. */
const TYPES: ReadonlySet<string> = new Set([
  "JOB_ASSIGN",
  "JOB_ASSIGN_UNIQ",
  "WORK_DATA",
  "WORK_COMPLETE",
  "ECHO_RES",
]);

/** Longer bodies stay streams: who does not want one drops it as it comes. */
const MAX_BYTES = 64 * 1024;
/** gearman-packet makes an empty one in a way that Node deprecates, and looks up the caller of, at each packet. */
const NO_BODY = Buffer.alloc(0);
/** Read ahead of who takes them. */
const MAX_PACKETS = 16;

/**
 * Has a parser give bodies of up to 64 KiB whole. It makes a stream of each otherwise, which is a third of what a
 * short packet costs us.
 */
export function giveWholeBodies(parser: unknown): void {
  const own = parser as PacketParser;
  // It counts packets against 16 KiB. So far it stopped at each body that nobody read.
  own._readableState.highWaterMark = MAX_PACKETS;
  const streamed = own.body.bind(own);
  own.body = () => {
    const { packet } = own;
    const length = (own.packetSize ?? 0) - own.packetArgSize;
    if (!TYPES.has(packet.type.name) || length > MAX_BYTES) return streamed();
    if (own.bytes() < length) return undefined;
    packet.body = new WholeBody(length === 0 ? NO_BODY : own.readBuffer(length));
    own.sendPacket(packet);
    return own.endPacket();
  };
}

/** Stands where abraxas has a stream; nothing has to be read for the next packet to come. */
class WholeBody {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get length(): number {
    return this.bytes.length;
  }

  resume(): void {}
}

/** The body of a packet, if it came whole. */
export function wholeBody(body: Packet["body"]): Buffer | undefined {
  return body instanceof WholeBody ? body.bytes : undefined;
}
