import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { Places, type ServerAddress } from "@roadrunner/core/gearman";
import { failOnLeftovers } from "../support/leak-check.ts";
import { until } from "../support/until.ts";
import {
  completeText,
  connectedClient,
  connectedWorker,
  embeddedForTest,
  gearmandForTest,
  submit,
} from "./kit.ts";

failOnLeftovers();

const JOB_BYTES = 200_000;

function bytesInUse(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

async function realServer(): Promise<ServerAddress> {
  return (await gearmandForTest()).asServer;
}

async function embeddedServer(): Promise<ServerAddress> {
  return (await embeddedForTest()).address;
}

test.each([
  ["a real job server", realServer],
  ["the embedded one", embeddedServer],
])("through %s, nothing is kept of jobs that have ended", async (_, start) => {
  const server = await start();
  await connectedWorker(
    [server],
    {
      f: async (job) => {
        await job.sendData(job.workload);
        return job.workload;
      },
    },
    { places: new Places(10) },
  );
  const client = await connectedClient([server]);
  const run = async (jobs: number) => {
    let left = jobs;
    const oneAfterAnother = async () => {
      while (left > 0) {
        left -= 1;
        await completeText(submit(client, "f", { workload: Buffer.alloc(JOB_BYTES), onData: () => {} }));
      }
    };
    await Promise.all(Array.from({ length: 10 }, oneAfterAnother));
  };
  await run(20);
  const before = bytesInUse();
  await run(300);
  // 60 MB went through four times. Asked again and again, since freed buffers are given back in the background.
  const kept = () => bytesInUse() - before;
  await until("all to be given back", () => kept() < (300 * JOB_BYTES) / 4, { lastSeen: kept });
  expect(client.inFlight).toBe(0);
});
