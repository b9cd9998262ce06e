import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { createConnection } from "node:net";
import type { ChannelEnd } from "../../transport/transport.ts";
import { StreamChannel } from "../wire/channel.ts";
import type { Loss, OpenChannel } from "../wire/host-connection.ts";
import type { MasterLog } from "./master-log.ts";

/** What a session is to its master. */
export interface Session {
  /** As the master calls it. */
  readonly number: string;
  readonly log: MasterLog;
  readonly socket: string;
  /** By the sessions' numbers: to be called when the host has closed one. */
  readonly onClosed: Map<string, () => void>;
  readonly loss: () => Loss | undefined;
  /** Calls back when the connection is lost; returns how to stop. */
  readonly onLost: (listener: () => void) => () => void;
  /** Nothing new may begin on the connection. */
  readonly spoil: () => void;
}

/** After a session has ended with 255: for the master's own word of it, or its end. */
export const LAST_WORD_MS = 1000;
/** The streams of a lost connection end with the processes that hold them. */
const LOST_STREAMS_MS = 1000;
/** For the host to close a session that has ended, or that was given up. */
const CLOSED_WITHIN_MS = 10_000;
/** How often the master's word is looked for. */
const LOOK_MS = 10;

/** The channel whose streams a client of the master holds. */
export function sessionChannel(child: ChildProcessWithoutNullStreams, session: Session): OpenChannel {
  const { stdin, stdout, stderr } = child;
  let isGivenUp = false;
  const close = () => {
    isGivenUp = true;
    // The master closes the session when its client is gone.
    child.kill("SIGTERM");
  };
  const channel = new StreamChannel({ stdin, stdout, stderr, close }, session.loss);
  const forget = session.onLost(() => {
    channel.lose();
    child.kill("SIGKILL");
    setTimeout(() => {
      for (const stream of [stdout, stderr]) stream.destroy();
      channel.drop();
    }, LOST_STREAMS_MS).unref();
  });
  const isClosed = closedOnHost(session);
  const onExit = (code: number | null) => {
    if (isGivenUp) wake(session.socket);
    const end = isGivenUp ? undefined : endOf(code, session);
    void Promise.all([end, isClosed(CLOSED_WITHIN_MS)]).then(([told, closed]) => {
      if (!closed) session.spoil();
      if (told !== undefined) channel.tellExit(told);
      if (session.loss() === undefined) channel.tellClosed();
      forget();
    });
  };
  if (child.exitCode !== null || child.signalCode !== null) onExit(child.exitCode);
  else child.once("exit", onExit);
  return channel;
}

/** ssh says 255 for a command's own 255, for signals, and for what went wrong with the connection. */
async function endOf(code: number | null, { log, number, loss }: Session): Promise<ChannelEnd | undefined> {
  if (code === null) return undefined;
  if (code !== 255) {
    log.takeEnd(number);
    return { kind: "exit", code };
  }
  const until = performance.now() + LAST_WORD_MS;
  while (loss() === undefined && performance.now() < until) {
    const end = log.takeEnd(number);
    if (end !== undefined) return end === "status" ? { kind: "exit", code } : undefined;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return undefined;
}

/** ssh closes a session whose client was killed only when something else happens to it. */
function wake(socket: string): void {
  const knock = createConnection({ path: socket });
  knock.on("error", () => {});
  knock.on("connect", () => knock.end());
  knock.setTimeout(LAST_WORD_MS, () => knock.destroy());
  knock.resume();
}

/** Returns how to wait until the host has closed the session: only then it counts as none there. */
function closedOnHost({ number, log, onClosed, onLost }: Session): (withinMs: number) => Promise<boolean> {
  const closed = new Promise<boolean>((resolve) => {
    // A short command may be over in the same breath in which it was asked for.
    if (log.isClosed) resolve(true);
    else onClosed.set(number, () => resolve(true));
  });
  return async (withinMs) => {
    let timer: NodeJS.Timeout | undefined;
    let stop = () => {};
    const given = new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, withinMs, false);
      stop = onLost(() => resolve(true));
    });
    const result = await Promise.race([closed, given]);
    clearTimeout(timer);
    stop();
    onClosed.delete(number);
    return result;
  };
}
