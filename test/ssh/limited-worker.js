// A worker's connections in a process of their own, whose limits its test takes away: it does what it is told, a line of
// JSON each, and answers each with one.
import { closeSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createSshHosts } from "../../packages/worker/dist/ssh/hosts.js";

const hosts = createSshHosts(JSON.parse(process.argv[2]));
const leases = new Map();
const files = [];
const names = [];

/** Until there is no more of it; how the system calls that. */
function until(shortage) {
  try {
    for (;;) shortage();
  } catch (error) {
    return { said: error.code };
  }
}

const acts = {
  async connect(host, transport) {
    const lease = await hosts.connect({ host, transport, connectTimeoutMs: 60_000 });
    if (lease.ok) leases.set(`${host} ${transport}`, lease.value);
    return lease.ok ? { said: lease.value.server } : { problem: lease.error };
  },
  async run(host, transport) {
    const channel = await leases.get(`${host} ${transport}`).exec("echo out");
    if (!channel.ok) return { problem: channel.error };
    let said = "";
    channel.value.onData((_, chunk) => void (said += chunk));
    channel.value.end();
    await channel.value.ended;
    return { said };
  },
  takeFiles: () => until(() => files.push(openSync("/dev/null", "r"))),
  giveFiles() {
    for (const file of files.splice(0)) closeSync(file);
    return {};
  },
  takeRoom() {
    return until(() => {
      const path = join(tmpdir(), `filler-${names.length}`);
      writeFileSync(path, "");
      names.push(path);
    });
  },
  giveRoom() {
    for (const path of names.splice(0)) rmSync(path);
    return {};
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const [act, host, transport] = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(await acts[act](host, transport))}\n`);
}
await hosts.close();
