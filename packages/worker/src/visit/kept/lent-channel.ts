import type { Channel, ChannelEnd } from "../../transport/transport.ts";

type Listener = Parameters<Channel["onData"]>[0];

/** A kept shell's channel as one task has it: closing it gives it back. */
export class LentChannel implements Channel {
  readonly #channel: Channel;
  #listener: Listener | undefined;

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  get exited(): Promise<ChannelEnd> {
    return this.#channel.exited;
  }

  get ended(): Promise<ChannelEnd> {
    return this.#channel.ended;
  }

  write(bytes: Buffer | string): Promise<boolean> {
    return this.#channel.write(bytes);
  }

  end(): void {
    this.#channel.end();
  }

  onData(listener: Listener): void {
    this.#listener = listener;
  }

  hear(...[stream, chunk]: Parameters<Listener>): void | Promise<void> {
    return this.#listener?.(stream, chunk);
  }

  close(): void {
    this.#listener = undefined;
  }
}
