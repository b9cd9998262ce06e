import type { Readable } from "node:stream";
import type { ClientChannel } from "ssh2";
import { deferred, type Deferred } from "./deferred.ts";
import type { ChannelEnd, SshChannel } from "./lease.ts";

type DataListener = (stream: "stdout" | "stderr", chunk: Buffer) => void | Promise<void>;

/** An exec channel of ssh2 as an `SshChannel`. `lostBecause`: why the connection is gone, if it is. */
export function wrapChannel(channel: ClientChannel, lostBecause: () => string | undefined): SshChannel {
  let gone = false;
  const onGone = new Set<() => void>();
  let exit: ChannelEnd | undefined;
  const exited = deferred<ChannelEnd>();
  const ended = deferred<ChannelEnd>();
  const stdoutDone = deferred<void>();
  const stderrDone = deferred<void>();
  channel.on("exit", (code: number | null, signal?: string) => {
    exit = code === null ? { kind: "signal", signal: signal ?? "unknown" } : { kind: "exit", code };
    exited.resolve(exit);
  });
  channel.on("error", () => {});
  channel.on("close", () => {
    gone = true;
    for (const tell of onGone) tell();
    onGone.clear();
    const message = lostBecause();
    exit ??= message === undefined ? { kind: "closed" } : { kind: "lost", message };
    exited.resolve(exit);
    const end = exit;
    void Promise.all([stdoutDone.promise, stderrDone.promise]).then(() => ended.resolve(end));
  });
  return {
    exited: exited.promise,
    ended: ended.promise,
    write: (bytes) =>
      new Promise((resolve) => {
        if (gone || !channel.writable) return resolve(false);
        const tell = () => resolve(false);
        onGone.add(tell);
        channel.write(bytes, (error) => {
          onGone.delete(tell);
          resolve(error === null || error === undefined);
        });
      }),
    end: () => channel.end(),
    onData(listener) {
      feed(channel, "stdout", listener, stdoutDone);
      feed(channel.stderr, "stderr", listener, stderrDone);
    },
    close: () => channel.close(),
  };
}

function feed(
  readable: Readable,
  name: "stdout" | "stderr",
  listener: DataListener,
  done: Deferred<void>,
): void {
  let taken: Promise<void> = Promise.resolve();
  readable.on("data", (chunk: Buffer) => {
    const result = listener(name, chunk);
    if (!(result instanceof Promise)) return;
    readable.pause();
    taken = result.catch(() => {}).then(() => void readable.resume());
  });
  readable.on("end", () => void taken.then(done.resolve));
}
