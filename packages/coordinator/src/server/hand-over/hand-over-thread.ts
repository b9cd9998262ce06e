import { parentPort, workerData } from "node:worker_threads";
import { fail, succeed, type Result } from "@roadrunner/core";
import type { Refusal } from "../../carry/refusal.ts";
import { inPieces, type InPieces } from "./in-pieces.ts";
import { takeBytes } from "./take-bytes.ts";

/** Runs in a thread of its own: reads one large hand-over, and says what it is. */
const taken = takeBytes(Buffer.from(workerData as Uint8Array));
const said: Result<InPieces, Refusal> = taken.ok ? succeed(inPieces(taken.value)) : fail(taken.error);
parentPort?.postMessage(said, []);
