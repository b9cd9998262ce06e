import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startEmbeddedServer } from "@roadrunner/core/gearman";
import { startLab, type Lab } from "./lab.ts";
import { BesideProgram } from "./programs.ts";
import { sshOptions, submitThrough, toldBy } from "./rr-submit.ts";

const FLOW = join("examples", "restart-left.yaml");
const HOSTS = Array.from({ length: 60 }, (_, index) => `fe${index + 1}`);
/** So many are restarted when the coordinator is killed. */
const KILLED_AFTER = 20;
/** For so long nobody carries the run. */
const NOBODY_MS = 2000;
const LOOK_EVERY_MS = 50;

/** Hands a run over to a coordinator, kills that one in the middle, starts it again, and counts. */
export async function runDetachDemo(): Promise<number> {
  console.log(
    `Starting a lab of ${HOSTS.length} small SSH hosts on this machine only, with a job server, a worker, and a coordinator that\n` +
      "remembers its runs in a file. It is handed a restart of all hosts, twelve at a time, is killed in the middle, and\n" +
      "is started again. All of it is removed at the end.\n",
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

async function withWorker(lab: Lab, servers: string): Promise<number> {
  const worker = new BesideProgram(lab, "rr-worker", ["--servers", servers, ...sshOptions(lab)]);
  try {
    return await leaveAndKill(lab, servers);
  } finally {
    await worker.kill();
  }
}

async function leaveAndKill(lab: Lab, servers: string): Promise<number> {
  const socket = join(lab.dir, "coordinator");
  const start = async (): Promise<BesideProgram> => {
    const store = join(lab.dir, "store.db");
    const listen = ["--servers", servers, "--store", store, "--listen", `unix:${socket}`];
    console.log(`$ rr-coordinator ${listen.join(" ")} &`);
    const coordinator = new BesideProgram(lab, "rr-coordinator", listen);
    await coordinator.listens(socket);
    return coordinator;
  };
  let coordinator = await start();
  try {
    const through = ["--coordinator", `unix:${socket}`];
    console.log(`$ rr-submit ${FLOW} --detach ${through.join(" ")}`);
    const run = await toldBy(lab, FLOW, "--detach", ...through);
    if (run === "") return 1;
    console.log(`${run}\n\nrr-submit has ended, and the run goes on.`);
    while (restarted(lab).length < KILLED_AFTER) await sleep(LOOK_EVERY_MS);
    const { pid } = coordinator;
    console.log(`\n$ kill -9 ${pid}\n`);
    await coordinator.kill();
    const before = restarted(lab).length;
    await sleep(NOBODY_MS);
    const meanwhile = restarted(lab).length - before;
    console.log(
      `${before} of ${HOSTS.length} hosts were restarted when the coordinator was killed. What ran went on without it: ${meanwhile} more\n` +
        `in ${NOBODY_MS / 1000} s, and nothing new has started.\n`,
    );
    coordinator = await start();
    console.log();
    const code = await submitThrough(lab, "attach", run, ...through);
    console.log(`\nWhat the hosts' folders hold:\n  ${count(lab)}`);
    return code;
  } finally {
    await coordinator.stop();
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
