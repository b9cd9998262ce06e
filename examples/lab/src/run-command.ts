import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { constants } from "node:os";
import type { ServerChannel } from "ssh2";

export interface CommandPlace {
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
}

export interface RunningCommand {
  /** Sends a signal ("SIGTERM") to the command's process group. */
  signal(name: NodeJS.Signals): void;
  /** Resolves when the command has exited; what it left in the background may live on. */
  readonly exited: Promise<void>;
}

/**
 * Runs `command` with /bin/sh in a session of its own, as sshd does, and gives its input, output and end to
 * the channel. Lost channel: the command runs on, and its next output ends it with SIGPIPE.
 */
export function runCommand(command: string, place: CommandPlace, channel: ServerChannel): RunningCommand {
  // `detached` is a new session: the command's whole family can be signalled, and Ctrl-C does not hit it.
  const child = spawn("/bin/sh", ["-c", command], { cwd: place.cwd, env: place.env, detached: true });
  connectInput(child, channel);
  const written = connectOutput(child, channel);
  const exited = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      // Only a shell that could not be started comes here: signals are sent to the group, not through Node.
      channel.stderr.write(`${error.message}\n`);
      channel.exit(255);
      channel.end();
      resolve();
    });
    child.once("exit", (code, signal) => {
      reportExit(channel, code, signal);
      // A child in the background may hold the output open: the channel stays as long, as with sshd.
      void written.then(() => channel.end());
      resolve();
    });
  });
  return { exited, signal: (name) => signalGroup(child.pid, name) };
}

function connectInput(child: ChildProcessWithoutNullStreams, channel: ServerChannel): void {
  channel.pipe(child.stdin);
  child.stdin.on("error", () => {}); // The command does not read its input: its right.
  // What nobody reads any more must not hold the client back.
  child.stdin.once("close", () => channel.unpipe(child.stdin).resume());
}

/** Resolves when all output of the command and of what it left behind has been taken by the channel. */
function connectOutput(child: ChildProcessWithoutNullStreams, channel: ServerChannel): Promise<unknown> {
  channel.on("error", () => {});
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr);
  channel.once("close", () => {
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
  });
  return Promise.all([
    new Promise((resolve) => child.stdout.once("end", resolve)),
    new Promise((resolve) => channel.stderr.once("finish", resolve)),
  ]);
}

function reportExit(channel: ServerChannel, code: number | null, signal: NodeJS.Signals | null): void {
  if (signal === null) {
    channel.exit(code ?? 255);
    return;
  }
  try {
    channel.exit(signal.slice("SIG".length), false, "");
  } catch {
    // SSH has names for the common signals only; the others are told as a shell does.
    channel.exit(128 + constants.signals[signal]);
  }
}

function signalGroup(pid: number | undefined, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch {
    // Nobody of the group is left.
  }
}
