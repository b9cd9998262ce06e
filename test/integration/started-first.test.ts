import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startScriptedServer, type Peer } from "../gearman/scripted-server.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startWorker } from "../support/processes.ts";
import { ownFolder, startSshd, type Sshd } from "../support/sshd.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";

failOnLeftovers();

let sshd: Sshd;
let temp: TempDir;
beforeAll(async () => {
  sshd = await startSshd({ hosts: ["h1", "h2"] });
  temp = makeTempDir("started-first");
});
afterAll(async () => {
  await sshd.stop();
  temp.remove();
});

const started = (host: string): number => {
  try {
    return readFileSync(join(sshd.workDir, sshd.address(host), "started"), "utf8")
      .split("\n")
      .filter(Boolean).length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
};

const workload = (host: string, run: string, work: string) =>
  JSON.stringify({
    host,
    connectTimeoutMs: 60_000,
    command: `${ownFolder}; echo x >> $d/started; ${work}`,
    delivery: "once",
    task: { run, slot: 1, job: "j", attempt: 1, client: "c", submission: "abcdefgh" },
  });

/** A job server that hands out what is pushed, and holds back its answers to ECHO_REQ on request. */
async function jobServer() {
  const jobs: { handle: string; body: string }[] = [];
  let holds = false;
  const held: (() => void)[] = [];
  const script = await startScriptedServer({
    polite: false,
    onPacket: (peer, { name, data }) => {
      const answer = () => peer.send("ECHO_RES", data);
      if (name === "OPTION_REQ") peer.send("OPTION_RES", data);
      if (name === "ECHO_REQ" && holds) held.push(answer);
      else if (name === "ECHO_REQ") answer();
      if (name !== "GRAB_JOB_UNIQ") return;
      const job = serves(peer) ? jobs.shift() : undefined;
      if (job === undefined) peer.send("NO_JOB");
      else peer.send("JOB_ASSIGN_UNIQ", job.handle, "rr-run", job.handle, job.body);
    },
  });
  return {
    ...script,
    hold: (on: boolean) => (holds = on),
    held,
    give: (handle: string, body: string) => {
      jobs.push({ handle, body });
      for (const peer of script.peers) if (!peer.socket.destroyed) peer.send("NOOP");
    },
  };
}

/** Not the worker's link for control messages. */
const serves = (peer: Peer | undefined) =>
  peer?.received.some(({ name, data }) => name === "CAN_DO" && data.toString() === "rr-run") ?? false;

const answers = (peers: readonly Peer[], handle: string) =>
  peers
    .flatMap(({ received }) => received)
    .filter((packet) => packet.name === "WORK_COMPLETE" && packet.arg(0) === handle)
    .map((packet) => JSON.parse(packet.body(1).toString()) as { outcome: string; exitCode?: number });
const saidStarted = (peers: readonly Peer[], handle: string) =>
  peers
    .flatMap(({ received }) => received)
    .filter((packet) => packet.name === "WORK_DATA" && packet.arg(0) === handle)
    .filter((packet) => packet.body(1).includes('"started"')).length;

/** Its worker is there and has nothing to do. */
const asleep = ({ peers }: Awaited<ReturnType<typeof jobServer>>) =>
  until("the worker", () => peers.some((peer) => serves(peer) && peer.count("PRE_SLEEP") > 0));

const worker = (port: number) =>
  startWorker([
    ...["--servers", `127.0.0.1:${port}`, "--concurrency", "2"],
    ...["--ssh-config", sshd.sshConfigFile, "--record-dir", join(temp.path, "records")],
  ]);

describe("a command runs only when the job server knows that it starts", () => {
  it("waits for the server's word; without it nothing starts, and who asks again has it run", async () => {
    const server = await jobServer();
    const it = worker(server.address.port);
    try {
      await asleep(server);
      server.hold(true);
      server.give("H:1", workload("h1", "20260101-000000-aaaaaaaa", "exit 7"));
      await until("it to say started", () => saidStarted(server.peers, "H:1") === 1);
      await until("its question", () => server.held.length > 0);
      await until("the host to have greeted", () => sshd.running().length > 0);
      expect(started("h1")).toBe(0);
      const peer = server.peers.find(({ received }) => received.some(({ name }) => name === "WORK_DATA"));
      server.hold(false);
      peer?.reset();
      await until("what waited there to go", () => sshd.running().length === 0);
      expect(started("h1")).toBe(0);
      server.give("H:2", workload("h1", "20260101-000000-aaaaaaaa", "exit 7"));
      await until("an answer", () => answers(server.peers, "H:2").length === 1);
      expect(answers(server.peers, "H:2")).toMatchObject([{ outcome: "failed", exitCode: 7 }]);
      expect(answers(server.peers, "H:1")).toEqual([]);
      expect(started("h1")).toBe(1);
    } finally {
      await it.kill();
    }
  });

  it("starts as soon as the word comes", async () => {
    const server = await jobServer();
    const it = worker(server.address.port);
    try {
      await asleep(server);
      server.hold(true);
      server.give("H:1", workload("h2", "20260101-000000-bbbbbbbb", "exit 0"));
      await until("its question", () => saidStarted(server.peers, "H:1") === 1 && server.held.length > 0);
      server.hold(false);
      for (const answer of server.held) answer();
      await until("its end", () => answers(server.peers, "H:1").length === 1);
      expect(answers(server.peers, "H:1")).toMatchObject([{ outcome: "ok" }]);
    } finally {
      await it.kill();
    }
  });

  it("a worker that is given again what it runs says started twice, so that its answer is doubted", async () => {
    const server = await jobServer();
    const it = worker(server.address.port);
    const body = workload("h2", "20260101-000000-cccccccc", "until [ -e $d/go ]; do sleep 0.1; done; exit 5");
    try {
      await asleep(server);
      const before = started("h2");
      server.give("H:1", body);
      await until("it to start", () => started("h2") === before + 1);
      const peer = server.peers.find(({ received }) => received.some(({ name }) => name === "WORK_DATA"));
      peer?.reset();
      await until("the worker to be back", () =>
        server.peers.some((other) => serves(other) && other !== peer && other.count("PRE_SLEEP") > 0),
      );
      server.give("H:1", body);
      await until("both words of the second delivery", () => saidStarted(server.peers, "H:1") === 3);
      writeFileSync(join(sshd.workDir, sshd.address("h2"), "go"), "");
      await until("its end", () => answers(server.peers, "H:1").length === 1);
      expect(answers(server.peers, "H:1")).toMatchObject([{ outcome: "failed", exitCode: 5 }]);
      expect(started("h2")).toBe(before + 1);
    } finally {
      await it.kill();
    }
  });
});
