import { spawn, type ChildProcessByStdio } from "node:child_process";
import type { Readable } from "node:stream";
import { succeed } from "@roadrunner/core";
import type { TransportProblem } from "../../transport/transport.ts";
import { problem, seconds } from "../../transport/problem.ts";
import { oneLine } from "../../transport/said-text.ts";
import type { LoginSettings } from "../config/host-settings.ts";
import type { SshLogger } from "../config/options.ts";
import type { Deadline } from "../wire/deadline.ts";
import { startProgram } from "../wire/start-program.ts";
import { endGuarded } from "./guard.ts";
import { certificateFiles, certificateNotes, readCertificate, uselessFor } from "./own-certificates.ts";

/** It is renewed when so little of its time is left. */
const RENEW_BEFORE_MS = 120_000;
const AT_MOST_EVERY_MS = 30_000;
const MOST_KEPT = 1000;
const LAST_WORDS_MS = 500;

export interface CertCommandOptions {
  /** For /bin/sh. */
  readonly command: string;
  readonly logger: SshLogger;
  /** How long it may run; default 60 s. */
  readonly withinMs?: number;
}

/** The operator's command that has the worker's certificate signed anew, run when that is about to expire. */
export class CertCommand {
  readonly #command: string;
  readonly #logger: SshLogger;
  readonly #withinMs: number;
  #ranAt = Number.NEGATIVE_INFINITY;
  #end: () => void = () => {};
  #run: Promise<RunEnd> = Promise.resolve({});

  constructor({ command, logger, withinMs = 60_000 }: CertCommandOptions) {
    this.#command = command;
    this.#logger = logger;
    this.#withinMs = withinMs;
  }

  /** Why there is no certificate to log in with; undefined: there is one. Many ask at once, and one run serves all. */
  async ensure(login: LoginSettings, deadline: Deadline): Promise<TransportProblem | undefined> {
    if (leftMs(login) >= RENEW_BEFORE_MS) return undefined;
    if (performance.now() - this.#ranAt >= AT_MOST_EVERY_MS) {
      this.#ranAt = performance.now();
      this.#run = this.#start(login);
    }
    const ran = await deadline.bound<RunEnd>(
      this.#run.then((end) => succeed(end)),
      () => problem("timeout", "runs on"),
    );
    // Its own words stay in the worker's log: it handles tokens.
    const { why = "ended well", isPrinted = false } = ran.ok ? ran.value : { why: ran.error.message };
    if (leftMs(login) > 0) return undefined;
    const { useless } = certificateNotes(login, Date.now());
    const found =
      useless.length > 0
        ? useless.join("; ")
        : `there is no certificate at ${certificateFiles(login).join(", ")}`;
    const hint = isPrinted ? "; it printed one: have it write that there" : "";
    return problem("local", `no certificate to log in with: --cert-command ${why}, and ${found}${hint}`);
  }

  /** Ends what runs. */
  close(): void {
    this.#end();
  }

  async #start(login: LoginSettings): Promise<RunEnd> {
    const run = runBounded(this.#command, this.#withinMs);
    this.#end = run.end;
    const ended = await run.ended;
    const { why } = ended;
    this.#end = () => {};
    // Its clock is the certificate's: another one than that of the bound.
    const left = leftMs(login);
    if (why !== undefined) this.#logger.warn(`--cert-command ${why}${ended.words ?? ""}`);
    else if (left > 0) this.#logger.info(`--cert-command has renewed the certificate, for ${seconds(left)}`);
    return ended;
  }
}

/** Of the certificate that lives longest. */
function leftMs(login: LoginSettings): number {
  const now = Date.now();
  const lefts = certificateFiles(login).flatMap((path) => {
    const read = readCertificate(path);
    return read === undefined || uselessFor(read, now) !== undefined ? [] : [read.validBeforeMs - now];
  });
  return Math.max(0, ...lefts);
}

interface RunEnd {
  /** What went wrong. */
  readonly why?: string;
  /** Its own last words, for the log. */
  readonly words?: string;
  /** It has printed a certificate, which belongs into a file. */
  readonly isPrinted?: boolean;
}

interface Run {
  readonly ended: Promise<RunEnd>;
  readonly end: () => void;
}

function runBounded(command: string, withinMs: number): Run {
  let end = () => {};
  const ended = async (): Promise<RunEnd> => {
    const started = await startProgram("cannot be started", () =>
      spawn("/bin/sh", ["-c", command], { detached: true, stdio: ["ignore", "pipe", "pipe"] }),
    );
    if (!started.ok) return { why: started.error.message };
    const child = started.value;
    end = () => endGuarded(child, "SIGKILL");
    return endOf(child, withinMs);
  };
  return { ended: ended(), end: () => end() };
}

function endOf(child: ChildProcessByStdio<null, Readable, Readable>, withinMs: number): Promise<RunEnd> {
  let said = "";
  let isPrinted = false;
  const hear = (chunk: Buffer) => {
    isPrinted ||= /-cert-v01@openssh\.com /.test(said + chunk.toString("latin1"));
    said = (said + chunk.toString("utf8")).slice(-MOST_KEPT);
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  const words = () => (said.trim() === "" ? "" : `: ${oneLine(said)}`);
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      endGuarded(child, "SIGKILL");
      resolve({ why: `did not end in ${seconds(withinMs)}`, words: words() });
    }, withinMs);
    child.once("exit", (code, signal) => {
      clearTimeout(timer);
      const tell = () =>
        resolve(code === 0 ? { isPrinted } : { why: `ended with ${code ?? signal}`, words: words() });
      child.once("close", tell);
      // What it has left running may hold its output.
      setTimeout(tell, LAST_WORDS_MS).unref();
    });
  });
}
