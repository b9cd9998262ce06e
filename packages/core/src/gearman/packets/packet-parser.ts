import type { PacketType } from "gearman-packet";

/** A state of gearman-packet's parser: a method that returns the next one, or nothing where it needs more bytes. */
export type ParserState = () => unknown;

/** The parts of gearman-packet's parser that are met here. */
export interface PacketParser {
  packet: {
    type: PacketType & { readonly args: readonly string[] };
    args: Record<string, string>;
    body?: unknown;
  };
  readonly packetSize: number | null;
  packetArgSize: number;
  readonly packetSkip: ParserState;
  buffer: Buffer | null;
  offset: number;
  argc: number;
  readonly _readableState: { highWaterMark: number };
  header: ParserState;
  args: ParserState;
  body: ParserState;
  bytes(): number;
  consume(size: number): number;
  readBuffer(size: number): Buffer;
  sendPacket(packet: unknown): void;
  endPacket(): unknown;
  emit(event: "error", error: Error): void;
}
