import { spawn, type ChildProcess } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Lab } from "./lab.ts";

export const REPOSITORY = fileURLToPath(new URL("../../../", import.meta.url));
const RR_SUBMIT = join(REPOSITORY, "packages/flow-client/bin/rr-submit.js");

/** Options, as variables of the environment. */
export type Settings = Readonly<Record<string, string>>;

/** rr-submit, while it runs. */
let running: ChildProcess | undefined;

/** Runs a flow on the lab's hosts, on this terminal, and gives rr-submit's exit code. */
export function submit(lab: Lab, flow: string, ...more: readonly string[]): Promise<number> {
  const ssh = ["--ssh-config", lab.sshConfig, "--known-hosts", lab.knownHosts, "--identity", lab.identity];
  return submitWith(lab, {}, flow, ...more, "--local", ...ssh);
}

/** `rr-submit ARGS` on this terminal, with more in its environment; gives its exit code. */
export function submitWith(lab: Lab, settings: Settings, ...args: readonly string[]): Promise<number> {
  console.log(`$ rr-submit ${args.join(" ")}\n`);
  running = spawn(process.execPath, [RR_SUBMIT, ...args], {
    cwd: REPOSITORY,
    stdio: "inherit",
    env: { ...environment(lab), ...settings },
  });
  return ended(running).finally(() => (running = undefined));
}

/** What `rr-submit ARGS` prints; empty where it fails, and has said why. */
export async function toldBy(lab: Lab, settings: Settings, ...args: readonly string[]): Promise<string> {
  console.log(`$ rr-submit ${args.join(" ")}`);
  running = spawn(process.execPath, [RR_SUBMIT, ...args], {
    cwd: REPOSITORY,
    stdio: ["inherit", "pipe", "inherit"],
    env: { ...environment(lab), ...settings },
  });
  let told = "";
  running.stdout?.setEncoding("utf8").on("data", (text: string) => (told += text));
  const code = await ended(running).finally(() => (running = undefined));
  return code === 0 ? told.trim() : "";
}

function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (signal !== null) console.error(`rr-submit was ended by ${signal}`);
      resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]);
    });
  });
}

/** The reader's settings and agent stay out of it, and the run's journal and records go with the lab. */
export function environment(lab: Lab): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(RR_|SSH_AUTH_SOCK$)/.test(name));
  return {
    ...Object.fromEntries(own),
    XDG_STATE_HOME: join(lab.dir, "state"),
    RR_RECORD_DIR: join(lab.dir, "records"),
  };
}

/** rr-submit decides what a signal means; the lab stays until it has ended. */
export function handleSignals(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      // By this way out the lab still removes its folder.
      if (running === undefined) process.exit(128 + constants.signals[signal]);
      // A terminal sends Ctrl-C to both of us.
      if (signal !== "SIGINT" || !process.stdin.isTTY) running.kill(signal);
    });
  }
}
