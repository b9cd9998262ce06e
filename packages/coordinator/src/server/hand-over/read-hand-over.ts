import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { fail, succeed, type Result } from "@roadrunner/core";
import type { HandOver } from "@roadrunner/engine/api";
import { Gate } from "../../carry/gate.ts";
import { refuse, type Refusal } from "../../carry/refusal.ts";
import { fromPieces, type InPieces } from "./in-pieces.ts";
import { takeBytes } from "./take-bytes.ts";

/** A larger one is read apart: reading this takes a tenth of a second, and a thread takes as much to begin. */
const LARGE_BYTES = 1024 * 1024;
/** The largest takes some seconds. */
const MOST_MS = 60_000;
/** The largest plan takes half of it. */
const MOST_MEBIBYTES = 2048;

/** Nearly all that is made is kept to the end: with the usual few a third of the time goes to garbage that there is not. */
const YOUNG_MEBIBYTES = 256;

/** One at a time: what waits is bounded by what is taken of bodies at once. */
const turn = new Gate(1);

/** Reads what is handed over; what is large, in a thread of its own, so that leases are renewed and others answered. */
export async function readHandOver(bytes: Buffer): Promise<Result<HandOver, Refusal>> {
  return bytes.length < LARGE_BYTES ? takeBytes(bytes) : turn.through(async () => readApart(bytes));
}

async function readApart(bytes: Buffer): Promise<Result<HandOver, Refusal>> {
  const own = Uint8Array.from(bytes);
  const thread = new Worker(new URL("./hand-over-thread.js", import.meta.url), {
    workerData: own,
    transferList: [own.buffer],
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEBIBYTES, maxYoungGenerationSizeMb: YOUNG_MEBIBYTES },
  });
  try {
    const [said] = (await once(thread, "message", { signal: AbortSignal.timeout(MOST_MS) })) as [
      Result<InPieces, Refusal>,
    ];
    return said.ok ? succeed((await fromPieces(said.value)) as HandOver) : fail(said.error);
  } catch (error) {
    const { name, code } = error as { readonly name?: string; readonly code?: string };
    if (name === "AbortError")
      return refuse(
        "tooLarge",
        `reading it takes longer than ${MOST_MS / 1000} s: part the flow, or its hosts`,
      );
    if (code === "ERR_WORKER_OUT_OF_MEMORY")
      return refuse(
        "tooLarge",
        `reading it takes more than ${MOST_MEBIBYTES} MiB of memory: part the flow, or its hosts`,
      );
    throw error;
  } finally {
    await thread.terminate();
  }
}
