import { createSocket, type Socket } from "node:dgram";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { builtProgram } from "../support/built-programs.ts";
import { bareEnv, startChild, type ChildProgram } from "../support/child-program.ts";
import { startGearmand, type Gearmand } from "../support/gearmand.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { homeEnv, runSubmit } from "../support/processes.ts";
import { findProgram } from "../support/programs.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";

failOnLeftovers();

const SERVER = "127.53.53.53";
const temp = makeTempDir("name-servers");
let gearmand: Gearmand;
let sshd: Sshd;
let dns: Socket;
/** What the name server answers. */
let answer: (name: string) => "address" | "servfail" = () => "address";
let worker: ChildProgram | undefined;

beforeAll(async () => {
  [gearmand, sshd] = await Promise.all([startGearmand(), startSshd()]);
  dns = await startNameServer();
});
afterEach(() => worker?.kill());
afterAll(async () => {
  dns.close();
  await Promise.all([gearmand.stop(), sshd.stop()]);
  temp.remove();
});

/** Answers queries of one question; what real servers do for a broken zone, they do not do on demand. */
async function startNameServer(): Promise<Socket> {
  const socket = createSocket("udp4", (query, from) => {
    let end = 12;
    const labels: string[] = [];
    for (let length = query[end] ?? 0; length > 0; length = query[end] ?? 0) {
      labels.push(query.toString("latin1", end + 1, end + 1 + length));
      end += 1 + length;
    }
    const question = query.subarray(12, end + 5);
    const isFailure = answer(labels.join(".")) === "servfail";
    const isAddress = !isFailure && query.readUInt16BE(end + 1) === 1;
    const head = Buffer.alloc(12);
    query.copy(head, 0, 0, 2);
    head.writeUInt16BE(0x8180 | (isFailure ? 2 : 0), 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(isAddress ? 1 : 0, 6);
    const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 7, 0, 1]);
    socket.send(Buffer.concat([head, question, ...(isAddress ? [record] : [])]), from.port, from.address);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(53, SERVER, resolve);
  });
  return socket;
}

/** A worker whose resolver is ours: in a mount namespace of its own. */
async function startWorkerWithResolver(): Promise<ChildProgram> {
  const file = (name: string, text: string) => {
    writeFileSync(join(temp.path, name), text, { mode: 0o600 });
    return join(temp.path, name);
  };
  const resolv = file("resolv.conf", `nameserver ${SERVER}\noptions timeout:1 attempts:1\n`);
  const config = file(
    "ssh_config",
    `Host *\n  HostKeyAlias ${sshd.hosts[0]}\n  UserKnownHostsFile ${known()}\n  IdentityFile ${sshd.clientKey}\n  Port ${sshd.port}\n  User root\n`,
  );
  const script = `mount --bind ${resolv} /etc/resolv.conf && exec "$@"`;
  const command = [
    ...[process.execPath, builtProgram("rr-worker")],
    ...["--servers", gearmand.server, "--ssh-config", config],
  ];
  const child = startChild(findProgram("unshare"), ["-m", "sh", "-c", script, "sh", ...command], {
    env: { ...bareEnv, ...homeEnv(temp.path) },
    keep: 1_000_000,
  });
  await until("the worker to register", async () => (await gearmand.status("rr-run")).workers === 1, {
    lastSeen: () => child.output(),
  });
  return child;
}

/** The host's key under its address alone, since each name that leads to it is given that alias. */
function known(): string {
  const path = join(temp.path, "known_hosts");
  const [, ...key] = readFileSync(sshd.knownHostsFile, "utf8").trim().split(" ");
  writeFileSync(path, `${sshd.hosts[0]} ${key.join(" ")}\n`);
  return path;
}

function submit(jobs: readonly object[]) {
  const flow = join(temp.path, "flow.json");
  writeFileSync(flow, JSON.stringify({ slots: [{ jobs }] }));
  return runSubmit([flow, "--servers", gearmand.server, "--output", "ndjson"]);
}

test("five names whose zone fails neither stop the worker nor interrupt the run", async () => {
  answer = (name) => (name.startsWith("bad") ? "servfail" : "address");
  worker = await startWorkerWithResolver();
  const { code, stdout } = await submit([
    { name: "all", hosts: "good[1-20].example,bad[1-6].example", command: "true", success: "70%" },
  ]);
  expect(code, stdout + worker.output()).toBe(0);
  // The next one meets them while nothing else is looked up: the connections to the others are kept.
  const again = await submit([
    { name: "all", hosts: "bad[1-6].example,good[1-20].example", command: "true", success: "70%" },
  ]);
  expect(again.code, again.stdout).toBe(0);
  const ends = `${stdout}${again.stdout}`
    .split("\n")
    .filter((line) => line.includes('"task.ended"') && line.includes('"bad'));
  expect(ends).toHaveLength(12);
  for (const line of ends)
    expect(JSON.parse(line)).toMatchObject({
      outcome: "unreachable",
      blame: "host",
      final: true,
      reason: expect.stringContaining("while others are") as string,
    });
  expect(worker.output()).not.toContain("stops grabbing");
});

test("a resolver that answers nothing is the worker's fault: it stops, and grabs again when it is mended", async () => {
  answer = () => "servfail";
  worker = await startWorkerWithResolver();
  // As many as stop it: one more might be looked up when the resolver is mended, and be to blame itself.
  const run = submit([{ name: "all", hosts: "good[1-5].example", command: "true" }]);
  await until("the worker to stop grabbing", () => worker?.output().includes("stops grabbing") === true, {
    lastSeen: () => worker?.output() ?? "",
  });
  answer = () => "address";
  const { code, stdout } = await run;
  expect(code, stdout).toBe(0);
});
