import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startEmbeddedServer } from "@roadrunner/core/gearman";
import { startLab, type Lab } from "./lab.ts";
import { BesideProgram } from "./programs.ts";
import { submitWith, toldBy } from "./rr-submit.ts";

const FLOW = join("examples", "restart-left.yaml");
const HOSTS = Array.from({ length: 40 }, (_, index) => `fe${index + 1}`);
/** So many are restarted when the coordinator is killed. */
const KILLED_AFTER = 12;
/** For so long nobody carries the run: longer than what runs takes. */
const NOBODY_MS = 1500;
const LOOK_EVERY_MS = 50;
/** For the first hosts. */
const PATIENCE_MS = 30_000;

/** Hands a run over to a coordinator, kills that one in the middle, starts it again, and counts. */
export async function runDetachDemo(): Promise<number> {
  console.log(
    `Starting a lab on this machine only: ${HOSTS.length} small SSH hosts, a job server, a worker, and a coordinator that remembers its\n` +
      "runs in a file. It is handed a restart of all hosts, ten at a time, is killed in the middle, and is started again.\n" +
      "All of it is removed at the end.\n",
  );
  const lab = await startLab({ hosts: HOSTS });
  try {
    const server = await startEmbeddedServer();
    if (!server.ok) throw new Error(server.error);
    try {
      return await withWorker(lab, `unix:${server.value.address.host}`);
    } finally {
      await server.value.close();
    }
  } finally {
    await lab.stop();
  }
}

async function withWorker(lab: Lab, server: string): Promise<number> {
  const worker = new BesideProgram(lab, "rr-worker", {
    RR_SERVERS: server,
    RR_SSH_CONFIG: lab.sshConfig,
    RR_KNOWN_HOSTS: lab.knownHosts,
    RR_IDENTITY: lab.identity,
  });
  try {
    return await leaveAndKill(lab, server);
  } finally {
    await worker.kill();
  }
}

async function leaveAndKill(lab: Lab, server: string): Promise<number> {
  const through = { RR_COORDINATOR: `unix:${socketIn(lab)}` };
  let coordinator = await startCoordinator(lab, server);
  try {
    const run = await toldBy(lab, through, FLOW, "--detach");
    if (run === "") return 1;
    console.log(`${run}\n\nrr-submit has ended, and the run goes on.\n`);
    await someAreRestarted(lab);
    console.log(`$ kill -9 ${coordinator.pid}     # the coordinator\n`);
    await coordinator.kill();
    const before = restarted(lab).length;
    await sleep(NOBODY_MS);
    const after = restarted(lab).length;
    console.log(
      `By then ${before} of ${HOSTS.length} hosts had been restarted. What ran there went on, and nothing new began: ${after} a moment later.\n`,
    );
    coordinator = await startCoordinator(lab, server);
    const code = await submitWith(lab, through, "attach", run);
    console.log(`\nWhat the hosts' folders hold:\n  ${count(lab)}`);
    return code;
  } finally {
    await coordinator.stop();
  }
}

function socketIn(lab: Lab): string {
  return join(lab.dir, "coordinator");
}

async function startCoordinator(lab: Lab, server: string): Promise<BesideProgram> {
  const [store, socket] = [join(lab.dir, "store.db"), socketIn(lab)];
  console.log("$ rr-coordinator &");
  const settings = { RR_SERVERS: server, RR_STORE: store, RR_LISTEN: `unix:${socket}` };
  const coordinator = new BesideProgram(lab, "rr-coordinator", settings);
  await coordinator.listens(socket);
  return coordinator;
}

async function someAreRestarted(lab: Lab): Promise<void> {
  for (let waited = 0; restarted(lab).length < KILLED_AFTER; waited += LOOK_EVERY_MS) {
    if (waited > PATIENCE_MS) throw new Error(`no ${KILLED_AFTER} hosts were restarted`);
    await sleep(LOOK_EVERY_MS);
  }
}

/** How often each host was restarted that was. */
function restarted(lab: Lab): readonly number[] {
  return lab.hosts.flatMap(({ home }) => {
    const file = join(home, "restarted");
    return existsSync(file) ? [readFileSync(file, "utf8").split("\n").length - 1] : [];
  });
}

function count(lab: Lab): string {
  const times = restarted(lab);
  const often = times.every((each) => each === 1) ? "once each" : "some more than once";
  return `${times.length} of ${HOSTS.length} restarted, ${often}`;
}
