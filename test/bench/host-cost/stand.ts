import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, constants, mkdirSync, openSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { findProgram } from "../../support/programs.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { markPrefix } from "../../../packages/worker/src/program/marks.ts";
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
  const worker = new Worker(variant, input);
  output.on("data", (chunk: Buffer) => worker.hear("stdout", chunk));
  errors.on("data", (chunk: Buffer) => worker.hear("stderr", chunk));
  const exec = variant.task === undefined ? "true" : programOf(variant.task).program.exec;
  const namespaces = ["-m", "-p", "-f", "--mount-proc", ...(process.getuid?.() === 0 ? [] : ["-r"])];
  const child = spawn(
    findProgram("unshare"),
    [...namespaces, findProgram("bash"), "-c", DRIVER, "driver", String(runs), exec, shell, place],
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

/** The other end of the pipes: hello, body, end marks, and again. */
class Worker {
  readonly #variant: Variant;
  readonly #input: Socket;
  #run = { nonce: "", body: "" };
  #heard = { stdout: "", stderr: "" };
  #ended = 0;
  #strange = "";

  constructor(variant: Variant, input: Socket) {
    this.#variant = variant;
    this.#input = input;
  }

  begin(): void {
    if (this.#variant.task === undefined) return;
    const { program, nonce } = programOf(this.#variant.task);
    this.#run = { nonce, body: program.body };
    this.#heard = { stdout: "", stderr: "" };
    this.#input.write(program.hello);
  }

  hear(stream: "stdout" | "stderr", chunk: Buffer): void {
    this.#heard[stream] += chunk.toString();
    const { nonce, body } = this.#run;
    const mark = (word: string): string => `${markPrefix(nonce)}${word}\n`;
    if (stream === "stderr" && body !== "" && this.#heard.stderr.includes(mark("hello"))) {
      this.#run.body = "";
      this.#input.write(body);
    }
    if (!this.#heard.stdout.includes(mark("end")) || !/:end .*\n/.test(this.#heard.stderr)) return;
    if (this.#heard.stderr.includes(mark("end 0 -"))) this.#ended += 1;
    else this.#strange = this.#heard.stderr;
    this.begin();
  }

  check(runs: number): void {
    if (this.#variant.task !== undefined && this.#ended !== runs)
      throw new Error(`${this.#ended} of ${runs} runs ended well: ${this.#strange}`);
  }
}
