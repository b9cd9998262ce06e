import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, constants, mkdirSync, openSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { findProgram } from "../../support/programs.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { FreshEnd, KeptEnd } from "./worker-end.ts";
import { programOf, type Variant } from "./variants.ts";

/**
 * A host without SSH: a shell that starts the login shell again and again with real pipes, as sshd does, and
 * adds up the processor time of all that ran below it. It is the first process of a PID namespace, so that
 * it also reaps what lost its parent; in a mount namespace /bin/sh is the shell under test and /var/tmp is
 * empty. `times` of bash counts by getrusage, in milliseconds; what the shell itself takes is not counted.
 */
const DRIVER = `set -e
mount --bind "$4" /var/tmp
shell=$(readlink -f /bin/sh);[ "$3" = "$shell" ]||mount --bind "$3" "$shell"
exec 0<"$4/in" 1>"$4/out" 2>"$4/err" 4>&3
LOGNAME=$(id -un);export LOGNAME
times >&4;for((i=0;i<$1;i++));do /bin/sh -c "$2" 3>&-;done;times >&4`;

/** Processor time of one run in milliseconds, user and system, of the whole process tree; mean of `runs`. */
export async function costOf(shell: string, variant: Variant, runs: number): Promise<number> {
  const temp = makeTempDir("host-cost");
  const place = join(temp.path, "var-tmp");
  mkdirSync(place);
  chmodSync(place, 0o1777);
  const paths = ["in", "out", "err"].map((name) => join(place, name));
  execFileSync("mkfifo", paths);
  const fds = paths.map((path) => openSync(path, constants.O_RDWR | constants.O_NONBLOCK));
  // Open both ways, since otherwise each end would wait for the other; used one way.
  const [input, output, errors] = fds.map(
    (fd, index) => new Socket({ fd, readable: index > 0, writable: index === 0 }),
  );
  if (input === undefined || output === undefined || errors === undefined) throw new Error("three pipes");
  const kept = variant.kept === true;
  const worker = kept ? new KeptEnd(variant, input, runs) : new FreshEnd(variant, input);
  output.on("data", (chunk: Buffer) => worker.hear("stdout", chunk));
  errors.on("data", (chunk: Buffer) => worker.hear("stderr", chunk));
  const exec = variant.task === undefined ? "true" : programOf(variant.task).program.exec;
  const namespaces = ["-m", "-p", "-f", "--mount-proc", ...(process.getuid?.() === 0 ? [] : ["-r"])];
  const child = spawn(
    findProgram("unshare"),
    [
      ...namespaces,
      findProgram("bash"),
      "-c",
      DRIVER,
      "driver",
      kept ? "1" : String(runs),
      exec,
      shell,
      place,
    ],
    { stdio: ["ignore", "ignore", "pipe", "pipe"] },
  );
  let times = "";
  let complaints = "";
  child.stdio[3]?.on("data", (chunk: Buffer) => (times += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (complaints += chunk.toString()));
  worker.begin();
  const [code] = (await once(child, "close")) as [number | null];
  for (const socket of [input, output, errors]) socket.destroy();
  temp.remove();
  if (code !== 0) throw new Error(`the measuring shell ended with ${code}: ${complaints}`);
  worker.check(runs);
  const [, before, , after] = times.trim().split("\n").map(milliseconds);
  return ((after ?? NaN) - (before ?? NaN)) / runs;
}

/** A line of `times`: user and system. */
function milliseconds(line: string): number {
  return [...line.matchAll(/(\d+)m([\d.]+)s/g)]
    .map(([, minutes, seconds]) => Number(minutes) * 60_000 + Number(seconds) * 1000)
    .reduce((sum, ms) => sum + ms, 0);
}
