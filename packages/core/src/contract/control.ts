import * as z from "zod";
import type { Result } from "../errors.ts";
import { epoch, notAfterMs } from "./epoch.ts";
import { ID_PATTERN } from "./names.ts";
import { parseMessage, WIRE_VERSION } from "./messages.ts";

/** What is said to one worker through its control function. */

const ofRun = {
  v: z.literal(1).optional(),
  run: z.string().min(1).max(40),
  client: z.string().regex(ID_PATTERN),
};
const scope = {
  ...ofRun,
  /** Job names; absent: all of the run. */
  jobs: z.array(z.string().min(1).max(64)).readonly().optional(),
  /** Names of their stages, `drain`, or `drain@lb1`: only there; absent: all of each. */
  stages: z.array(z.string().min(1).max(320)).max(1000).readonly().optional(),
};

/** Tasks of this scope that the worker grabs from now on end `skipped` without connecting. */
const revoke = z.strictObject({ type: z.literal("revoke"), ...scope });
/** As revoke, and what runs of it is killed on its hosts. */
const kill = z.strictObject({ type: z.literal("kill"), ...scope });
/** Whose the run is now, and until when: nothing is done any more for those who had it before. */
const announced = z.strictObject({ type: z.literal("epoch"), ...ofRun, epoch, notAfterMs });
const status = z.strictObject({ type: z.literal("status"), v: z.literal(1).optional() });

export const controlSchema = z.discriminatedUnion("type", [revoke, kill, announced, status]);
export type ControlMessage = z.output<typeof controlSchema>;

export const controlAnswerSchema = z.object({
  v: z.literal(1),
  worker: z.string().max(64),
  ok: z.boolean(),
  /** Why not. */
  reason: z.string().max(65_536).optional(),
  version: z.string().max(64),
  places: z.number().int().min(0),
  running: z.number().int().min(0),
  /** SSH connections, by what carries them. */
  connections: z.record(z.string().max(16), z.number().int().min(0)).optional(),
  state: z.string().max(65_536),
  /** The worker's clock, milliseconds since the epoch, where it was told until when a run is its owner's. */
  clockMs: z.number().int().optional(),
});
export type ControlAnswer = z.output<typeof controlAnswerSchema>;

export function parseControl(json: string): Result<ControlMessage, string> {
  return parseMessage(json, controlSchema, "control message");
}

export function parseControlAnswer(json: string): Result<ControlAnswer, string> {
  return parseMessage(json, controlAnswerSchema, "control answer");
}

export function encodeControl(message: ControlMessage): string {
  return JSON.stringify({ ...message, v: WIRE_VERSION });
}
