// The floor: one Node process that does nothing but ssh2. Connects to each host, AT_ONCE at a time, and has the
// command run; then again over the kept connections, PASSES times. Checks host keys, reads exit codes.
// With WARMUP, it does so many passes before that, of which it tells nothing, and ends their connections.
// Its one argument is JSON; writes one line of JSON for each pass.
import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import ssh2 from "ssh2";
import { commandRunner } from "./bare-command.js";

const { hosts, port, user, keyFile, hostKeyFile, atOnce, passes, warmUp, program } = JSON.parse(
  process.argv[2],
);
const privateKey = readFileSync(keyFile);
const hostKey = Buffer.from(readFileSync(hostKeyFile, "utf8").split(" ")[1], "base64");
const run = commandRunner(program);

function connect(host) {
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    client.once("ready", () => resolve(client)).once("error", reject);
    // Else each command waits some 40 ms: Nagle's algorithm against delayed acknowledgements.
    client.once("connect", () => client.setNoDelay(true));
    client.connect({
      host,
      port,
      username: user,
      privateKey,
      hostVerifier: (key) => hostKey.equals(key),
      readyTimeout: 60_000,
    });
  });
}

async function timed(work) {
  const startMs = performance.now();
  const cpuBefore = process.cpuUsage();
  let next = 0;
  const oneAfterAnother = async () => {
    while (next < hosts.length) await work(hosts[next++]);
  };
  await Promise.all(Array.from({ length: atOnce }, oneAfterAnother));
  const { user: userUs, system } = process.cpuUsage(cpuBefore);
  return { ms: performance.now() - startMs, cpuMs: (userUs + system) / 1000 };
}

/** The first one connects; each command has a number of its own. */
async function flow(firstNumber, count, tell) {
  const kept = new Map();
  for (let number = firstNumber; number < firstNumber + count; number += 1) {
    const lap = await timed(async (host) => {
      if (number === firstNumber) kept.set(host, await connect(host));
      await run(kept.get(host), host, number);
    });
    tell(lap);
  }
  const closed = [...kept.values()].map((client) => new Promise((resolve) => client.once("close", resolve)));
  for (const client of kept.values()) client.end();
  await Promise.all(closed);
}

await flow(1, warmUp, () => {});
await flow(warmUp + 1, passes, (lap) => process.stdout.write(`${JSON.stringify(lap)}\n`));
