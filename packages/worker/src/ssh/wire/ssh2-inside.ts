import type { Client } from "ssh2";

/**
 * Options of exec that tell when ssh2 reads them: that is when the channel is open, right before the exec
 * request is written. What fails earlier has started nothing.
 */
export function callsWhenRead(onRead: () => void): object {
  return {
    get pty(): undefined {
      onRead();
      return undefined;
    },
  };
}

interface ChannelManager {
  readonly _cur?: number;
  get(id: number): unknown;
}

/**
 * ssh2 gives the same error for an exec request that was refused and for a channel that was closed without
 * an answer to it, after which the command may well have begun. What tells them apart it keeps to itself:
 * the refused channel is still on its list. Should that be gone one day, all count as closed.
 */
export function newestChannel(client: Client): number {
  return (client as unknown as { readonly _chanMgr?: ChannelManager })._chanMgr?._cur ?? -1;
}

export function isOpen(client: Client, id: number): boolean {
  const channels = (client as unknown as { readonly _chanMgr?: ChannelManager })._chanMgr;
  return id >= 0 && channels?.get(id) !== undefined;
}
