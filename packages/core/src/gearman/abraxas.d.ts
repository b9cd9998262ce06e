/**
 * The parts of abraxas 2.1.10 and gearman-packet 1.1.0 that this room uses. Neither package has types of its own;
 * deep imports of abraxas need the file's extension.
 */

declare module "gearman-packet" {
  import type { Duplex } from "node:stream";

  export interface PacketType {
    readonly id: number;
    readonly name: string;
  }

  /** A body: a stream that must be read or resumed, or everything behind it on the connection waits. */
  export interface PacketBody extends Duplex {
    /** Bytes, as the packet's header declares them. */
    readonly length: number;
  }

  export interface Packet {
    readonly kind: "request" | "response" | "admin";
    readonly type: PacketType;
    readonly args: Readonly<Record<string, string>>;
    readonly body?: PacketBody;
  }

  export interface OutgoingPacket {
    readonly kind: "request" | "response";
    readonly type: PacketType;
    readonly args?: Readonly<Record<string, string>>;
    readonly body?: Buffer;
  }

  export const types: {
    readonly ERROR: PacketType;
    readonly SET_CLIENT_ID: PacketType;
    readonly CAN_DO: PacketType;
    readonly SUBMIT_JOB: PacketType;
    readonly SUBMIT_JOB_HIGH: PacketType;
    readonly SUBMIT_JOB_LOW: PacketType;
    readonly GET_STATUS: PacketType;
    readonly PRE_SLEEP: PacketType;
    readonly ECHO_REQ: PacketType;
    readonly GRAB_JOB: PacketType;
    readonly GRAB_JOB_UNIQ: PacketType;
    readonly WORK_DATA: PacketType;
    readonly WORK_STATUS: PacketType;
    readonly WORK_COMPLETE: PacketType;
  };
}

declare module "abraxas/client-connection.js" {
  import type { EventEmitter } from "node:events";
  import type { Socket } from "node:net";
  import type { Writable } from "node:stream";
  import type { Packet } from "gearman-packet";

  interface PacketHandler extends Writable {
    accept(name: string, handler: (packet: Packet) => void): void;
    /** The next packet of this name only, and each asked for goes to one. */
    acceptSerial(name: string, handler: (packet: Packet) => void): void;
    on(event: "unknown", listener: (packet: Packet) => void): this;
  }

  class ClientConnection extends EventEmitter {
    constructor(options: { readonly socket: Socket }, onReady: () => void);
    readonly packets: PacketHandler;
    /** Takes packets, pipes bytes into the net socket. */
    readonly socket: Writable;
  }
  export default ClientConnection;
}

declare module "abraxas/server.js" {
  import type { EventEmitter } from "node:events";
  import type { Server as NetServer } from "node:net";
  import type { OutgoingPacket, PacketBody } from "gearman-packet";

  export interface ServerConnection extends EventEmitter {
    write(packet: OutgoingPacket): void;
    removeJob(job: ServerJob): void;
  }

  export interface JobSubmission {
    readonly client: ServerConnection;
    readonly uniqueid: string;
    readonly body: PacketBody;
  }

  export interface ServerJob extends EventEmitter {
    sendWorkFail(): void;
  }

  class Server extends EventEmitter {
    constructor(options: { readonly socket: NetServer });
    readonly jobs: Record<string, ServerJob>;
    submitJob(submission: JobSubmission): void;
    workComplete(connection: ServerConnection, handle: string, body: PacketBody | Buffer): void;
    workData(connection: ServerConnection, handle: string, body: PacketBody | Buffer): void;
    workWarning(connection: ServerConnection, handle: string, body: PacketBody | Buffer): void;
    workException(connection: ServerConnection, handle: string, body: PacketBody | Buffer): void;
  }
  export default Server;
}
