import type { Socket } from "node:net";

/** Gearman's binary protocol, written again for tests: what is tested must not be what tests it. */
const NUMBERS = {
  CAN_DO: 1,
  CANT_DO: 2,
  RESET_ABILITIES: 3,
  PRE_SLEEP: 4,
  NOOP: 6,
  SUBMIT_JOB: 7,
  JOB_CREATED: 8,
  GRAB_JOB: 9,
  NO_JOB: 10,
  JOB_ASSIGN: 11,
  WORK_STATUS: 12,
  WORK_COMPLETE: 13,
  WORK_FAIL: 14,
  ECHO_REQ: 16,
  ECHO_RES: 17,
  ERROR: 19,
  SET_CLIENT_ID: 22,
  WORK_EXCEPTION: 25,
  OPTION_REQ: 26,
  OPTION_RES: 27,
  WORK_DATA: 28,
  WORK_WARNING: 29,
  GRAB_JOB_UNIQ: 30,
  JOB_ASSIGN_UNIQ: 31,
} as const;

export type PacketName = keyof typeof NUMBERS;

const HEADER_BYTES = 12;

const names = new Map<number, PacketName>(
  Object.entries(NUMBERS).map(([name, number]) => [number, name as PacketName]),
);

export interface Packet {
  readonly name: PacketName;
  /** All that follows the header: arguments, with NUL between them, and the body. */
  readonly data: Buffer;
  /** The part so many NULs in, up to the next one. */
  arg(index: number): string;
  /** What follows so many arguments. */
  body(args: number): Buffer;
}

export function encode(
  magic: "REQ" | "RES",
  name: PacketName,
  ...parts: readonly (string | Buffer)[]
): Buffer {
  const data: Buffer[] = [];
  for (const [index, part] of parts.entries()) {
    if (index > 0) data.push(Buffer.from([0]));
    data.push(Buffer.from(part));
  }
  const body = Buffer.concat(data);
  const header = Buffer.alloc(HEADER_BYTES);
  header.write(`\0${magic}`, "latin1");
  header.writeUInt32BE(NUMBERS[name], 4);
  header.writeUInt32BE(body.length, 8);
  return Buffer.concat([header, body]);
}

export function onPackets(socket: Socket, take: (packet: Packet) => void): void {
  const cut = packetCutter();
  socket.on("data", (chunk: Buffer) => {
    for (const bytes of cut(chunk)) {
      const packet = packetOf(bytes);
      if (packet === undefined)
        throw new Error(`a packet of type ${bytes.readUInt32BE(4)}, which this test does not know`);
      take(packet);
    }
  });
}

/** Gives the whole packets of a stream, with their headers. */
export function packetCutter(): (chunk: Buffer) => Buffer[] {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const packets: Buffer[] = [];
    let at = 0;
    while (rest.length - at >= HEADER_BYTES) {
      const end = at + HEADER_BYTES + rest.readUInt32BE(at + 8);
      if (rest.length < end) break;
      packets.push(rest.subarray(at, end));
      at = end;
    }
    rest = rest.subarray(at);
    return packets;
  };
}

/** What a whole packet says; undefined: of a type that is not in the table. */
export function packetOf(bytes: Buffer): Packet | undefined {
  const name = names.get(bytes.readUInt32BE(4));
  return name === undefined ? undefined : new ReceivedPacket(name, bytes.subarray(HEADER_BYTES));
}

class ReceivedPacket implements Packet {
  readonly name: PacketName;
  readonly data: Buffer;

  constructor(name: PacketName, data: Buffer) {
    this.name = name;
    this.data = data;
  }

  arg(index: number): string {
    const rest = this.body(index);
    const end = rest.indexOf(0);
    return rest.subarray(0, end === -1 ? rest.length : end).toString();
  }

  body(args: number): Buffer {
    let rest = this.data;
    for (let left = args; left > 0; left -= 1) {
      const end = rest.indexOf(0);
      rest = end === -1 ? Buffer.alloc(0) : rest.subarray(end + 1);
    }
    return rest;
  }
}
