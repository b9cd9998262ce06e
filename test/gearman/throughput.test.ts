import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { Places, type GearmanClient } from "@roadrunner/core/gearman";
import { failOnLeftovers } from "../support/leak-check.ts";
import { connectedClient, connectedWorker, freshUnique, gearmandForTest, submit } from "./kit.ts";
import { encode, onPackets } from "../support/gearman-packets.ts";
import { startRawWorker } from "./raw-peers.ts";

failOnLeftovers();

const ROUNDS = 5;
const JOBS = 1_000;

async function rawSocket(port: number): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  await once(socket, "connect");
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** Milliseconds for JOBS null jobs, `inFlight` at once: the least that a client can do. */
async function rawMs(port: number, inFlight: number): Promise<number> {
  const socket = await rawSocket(port);
  let [submitted, ended] = [0, 0];
  const submitRaw = () => {
    submitted += 1;
    socket.write(encode("REQ", "SUBMIT_JOB", "raw", freshUnique(), ""));
  };
  const startMs = performance.now();
  await new Promise<void>((resolve) => {
    onPackets(socket, ({ name }) => {
      if (name !== "WORK_COMPLETE") return;
      ended += 1;
      if (submitted < JOBS) submitRaw();
      if (ended === JOBS) resolve();
    });
    for (let first = 0; first < inFlight; first += 1) submitRaw();
  });
  const tookMs = performance.now() - startMs;
  socket.destroy();
  return tookMs;
}

async function adapterMs(client: GearmanClient, inFlight: number): Promise<number> {
  let submitted = 0;
  const startMs = performance.now();
  const oneAfterAnother = async () => {
    while (submitted < JOBS) {
      submitted += 1;
      const { kind } = await submit(client, "adapter").result;
      if (kind !== "complete") throw new Error(`a null job ended as ${kind}`);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, oneAfterAnother));
  return performance.now() - startMs;
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

// Measured 0.6 on two quiet cores, client and worker in one process; what is guarded here is the order of it.
test.each([50, 500])("null jobs with %d in flight: not far from what bare sockets do", async (inFlight) => {
  const gearmand = await gearmandForTest();
  await startRawWorker(gearmand.port, "raw", (peer, handle) => peer.send("WORK_COMPLETE", handle, ""));
  await connectedWorker([gearmand.asServer], { adapter: async () => "" }, { places: new Places(100) });
  const client = await connectedClient([gearmand.asServer]);
  await adapterMs(client, inFlight);
  const ratios: number[] = [];
  // Side by side, since the machine is shared: what slows one slows the other.
  for (let round = 0; round < ROUNDS; round += 1)
    ratios.push((await rawMs(gearmand.port, inFlight)) / (await adapterMs(client, inFlight)));
  expect(median(ratios), `throughput over that of bare sockets: ${ratios.join(", ")}`).toBeGreaterThan(0.2);
});
