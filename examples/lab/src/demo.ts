import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startLab, type Lab } from "./lab.ts";

const REPOSITORY = fileURLToPath(new URL("../../../", import.meta.url));
const RR_SUBMIT = join(REPOSITORY, "packages/flow-client/bin/rr-submit.js");
const FLOW = join("examples", "demo.json");

/** The hosts of examples/demo.json, and the file in which each leaves its trace. */
const FLEET = [
  { prefix: "db", count: 10, trace: "installed", done: "installed pkg1" },
  { prefix: "api", count: 6, trace: "installed", done: "installed pkg2" },
  { prefix: "fe", count: 100, trace: "restarted", done: "restarted" },
];
const FAILING = "db7";

/** rr-submit, while it runs. */
let running: ChildProcess | undefined;

async function main(): Promise<number> {
  handleSignals();
  const total = FLEET.reduce((sum, { count }) => sum + count, 0);
  console.log(
    `Starting a lab of ${total} small SSH hosts, on this machine only, and running ${FLOW} on them with rr-submit.\n` +
      "Harmless: each host is a temporary folder, each command leaves a line in it, and all of it is removed at the end.\n",
  );
  const lab = await startLab({
    hosts: FLEET.flatMap(({ prefix, count }) => Array.from({ length: count }, (_, i) => `${prefix}${i + 1}`)),
    failing: [FAILING],
  });
  try {
    const code = await submit(lab);
    console.log(`\nWhat the hosts' folders hold:\n${traces(lab).join("\n")}`);
    return code;
  } finally {
    await lab.stop();
  }
}

function submit(lab: Lab): Promise<number> {
  const args = ["--local", "--ssh-config", lab.sshConfig];
  args.push("--known-hosts", lab.knownHosts, "--identity", lab.identity);
  console.log(`$ rr-submit ${FLOW} ${args.join(" ")}\n`);
  running = spawn(process.execPath, [RR_SUBMIT, FLOW, ...args], {
    cwd: REPOSITORY,
    stdio: "inherit",
    env: environment(lab),
  });
  return ended(running);
}

function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      if (signal !== null) console.error(`rr-submit was ended by ${signal}`);
      resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]);
    });
  });
}

/** The reader's settings and agent stay out of it, and the run's journal and records go with the lab. */
function environment(lab: Lab): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(RR_|SSH_AUTH_SOCK$)/.test(name));
  return {
    ...Object.fromEntries(own),
    XDG_STATE_HOME: join(lab.dir, "state"),
    RR_RECORD_DIR: join(lab.dir, "records"),
  };
}

/** rr-submit decides what a signal means; the lab stays until it has ended. */
function handleSignals(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      // By this way out the lab still removes its folder.
      if (running === undefined) process.exit(128 + constants.signals[signal]);
      // A terminal sends Ctrl-C to both of us.
      if (signal !== "SIGINT" || !process.stdin.isTTY) running.kill(signal);
    });
  }
}

function traces(lab: Lab): string[] {
  return FLEET.map(({ prefix, count, trace, done }) => {
    const hosts = lab.hosts
      .filter(({ name }) => name.replace(/\d+$/, "") === prefix)
      .map(({ name, home }) => ({ name, times: lineCount(join(home, trace)) }));
    const withTrace = hosts.filter(({ times }) => times > 0);
    const without = hosts.filter(({ times }) => times === 0).map(({ name }) => name);
    const often = withTrace.every(({ times }) => times === 1) ? "once each" : "some more than once";
    const missing = without.length > 0 && without.length <= 3 ? ` (not ${without.join(", ")})` : "";
    return `  ${prefix.padEnd(4)}${withTrace.length} of ${count} ${done}, ${often}${missing}`;
  });
}

function lineCount(file: string): number {
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").length - 1 : 0;
}

process.exitCode = await main();
