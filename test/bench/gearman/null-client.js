// node null-client.js raw|adapter PORT JOBS IN_FLIGHT ROUNDS: milliseconds of each round, as JSON lines.
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { GearmanClient } from "@roadrunner/core/gearman";
import { onPackets, packet, TYPE } from "./raw-packets.js";

const make = process.argv[2];
const [port, jobs, inFlight, rounds] = process.argv.slice(3).map(Number);
let count = 0;
const prefix = randomBytes(12).toString("hex");
/** 35 bytes, as long as those of tasks. */
const freshUnique = () => `${prefix}-${String((count += 1)).padStart(10, "0")}`;

async function rawClient() {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  await new Promise((resolve) => socket.once("connect", resolve));
  let take = () => {};
  onPackets(socket, (type) => take(type));
  const round = () =>
    new Promise((resolve) => {
      let [submitted, ended] = [0, 0];
      const submit = () => {
        submitted += 1;
        socket.write(packet(TYPE.SUBMIT_JOB, `null\0${freshUnique()}\0`));
      };
      take = (type) => {
        if (type !== TYPE.WORK_COMPLETE) return;
        ended += 1;
        if (submitted < jobs) submit();
        if (ended === jobs) resolve();
      };
      socket.cork();
      for (let first = 0; first < inFlight; first += 1) submit();
      socket.uncork();
    });
  return { round, close: () => socket.destroy() };
}

async function adapterClient() {
  const client = new GearmanClient({ servers: [{ host: "127.0.0.1", port }] });
  client.start();
  while (client.state.type !== "up") await sleep(10);
  const round = async () => {
    let submitted = 0;
    const oneAfterAnother = async () => {
      while (submitted < jobs) {
        submitted += 1;
        const request = { functionName: "null", unique: freshUnique(), workload: "" };
        const { kind } = await client.submit(request).result;
        if (kind !== "complete") throw new Error(`a null job ended as ${kind}`);
      }
    };
    await Promise.all(Array.from({ length: inFlight }, oneAfterAnother));
  };
  return { round, close: () => client.close() };
}

const { round, close } = await (make === "raw" ? rawClient() : adapterClient());
// The first round warms up.
for (let number = 0; number <= rounds; number += 1) {
  const startMs = performance.now();
  const before = process.cpuUsage();
  await round();
  const { user, system } = process.cpuUsage(before);
  if (number > 0)
    process.stdout.write(
      `${JSON.stringify({ ms: performance.now() - startMs, cpuMs: (user + system) / 1000 })}\n`,
    );
}
await close();
