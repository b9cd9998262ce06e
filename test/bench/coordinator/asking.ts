import { randomBytes } from "node:crypto";
import { request, type IncomingMessage } from "node:http";
import type { HandOver, RunRow } from "@roadrunner/engine/api";
import { runId } from "@roadrunner/engine";
import { planOf } from "../../support/plans.ts";

/** What is asked of a coordinator by its socket, without rr-submit: for many runs and many watchers at once. */

export function handOver(name: string, hosts: number): HandOver {
  return {
    v: 1,
    run: runId(Date.now(), randomBytes(5)),
    plan: { ...planOf({ name: "job", hosts }), name },
    file: "bench.json",
    fileDigest: "0".repeat(64),
    warnings: [],
    by: { version: "bench", who: "bench", where: "bench" },
    carry: {
      maxInFlight: 1000,
      priority: "normal",
      keepOutputBytes: 16_384,
      waitForWorkersMs: 10_000,
      serverTimeoutMs: 60_000,
      lostTimeoutMs: 300_000,
      live: false,
    },
    concurrent: true,
  };
}

export async function ask(socketPath: string, path: string, body?: unknown): Promise<unknown> {
  const response = await open(socketPath, path, body);
  let text = "";
  response.setEncoding("utf8");
  for await (const part of response) text += part as string;
  if ((response.statusCode ?? 500) >= 300) throw new Error(`${path}: ${response.statusCode} ${text}`);
  return JSON.parse(text);
}

/** Reads a run's stream of events to its end; how many there were. */
export async function watch(socketPath: string, run: string): Promise<number> {
  const response = await open(
    socketPath,
    `/api/v1/runs/${run}/events?from=1`,
    undefined,
    "text/event-stream",
  );
  if (response.statusCode !== 200) throw new Error(`the stream of ${run}: ${response.statusCode}`);
  let events = 0;
  let rest = "";
  response.setEncoding("utf8");
  for await (const part of response) {
    const lines = (rest + (part as string)).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.startsWith("id:")) events += 1;
  }
  return events;
}

export async function untilEnded(socketPath: string, runs: readonly string[]): Promise<void> {
  for (const run of runs) {
    for (;;) {
      const { state } = (await ask(socketPath, `/api/v1/runs/${run}`)) as RunRow;
      if (state === "succeeded") break;
      if (state !== "running" && state !== "open") throw new Error(`run ${run} ${state}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function open(
  socketPath: string,
  path: string,
  body?: unknown,
  accept = "application/json",
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const sent = request(
      {
        socketPath,
        path,
        method: text === undefined ? "GET" : "POST",
        agent: false,
        headers: { accept, ...(text === undefined ? {} : { "content-type": "application/json" }) },
      },
      resolve,
    );
    sent.on("error", reject);
    sent.end(text);
  });
}
