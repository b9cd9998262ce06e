import * as z from "zod";
import type { Result } from "../errors.ts";
import { ID_PATTERN } from "./names.ts";
import { parseMessage } from "./messages.ts";

/** The longest that a timer can hold, 2^31 - 1 ms, is a little over 24 days; 20 days is the stated bound. */
const MAX_DURATION_MS = 20 * 24 * 3_600_000;
const durationMs = z.number().int().min(0).max(MAX_DURATION_MS);

/** A single argument or environment value of 128 KiB or more is refused by Linux (MAX_ARG_STRLEN). */
const MAX_ARGUMENT_CHARACTERS = 131_000;

const noNul = (text: string): boolean => !text.includes("\0");
const text = z.string().max(MAX_ARGUMENT_CHARACTERS).refine(noNul, "holds a NUL character");

const hostName = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[A-Za-z0-9_.:%][A-Za-z0-9_.:%-]*$/, "is not a host name");
const userName = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9_.][A-Za-z0-9_.@\\-]*\$?$/, "is not a user name");
const id = z.string().regex(ID_PATTERN, "may hold letters, digits, `_`, `.` and `-`, at most 40");

/** Which task of which run this is; absent in a workload written by hand. */
const task = z.strictObject({
  run: z.string().regex(/^[A-Za-z0-9-]{1,40}$/, "is not a run id"),
  slot: z.number().int().min(1),
  job: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, "is not a job name"),
  attempt: z.number().int().min(1),
  /** The client process that submits: revocations and kills name it, so that they never meet a resumed run. */
  client: id,
  /** Fresh for each submission. */
  submission: z.string().regex(/^[a-z0-9]{8,32}$/, "is 8 to 32 of a-z and 0-9"),
  /** An earlier submission of this attempt was made: how long ago, and what boot id its start told. */
  again: z
    .strictObject({ sinceMs: z.number().int().min(0), bootId: z.string().max(64).optional() })
    .optional(),
  /** Default run. `withdraw`: learn how it ended, but never start it; `kill`: end it if it runs. */
  order: z.enum(["run", "withdraw", "kill"]).optional(),
});

const environmentName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "is not a variable name");

const workloadSchema = z.strictObject({
  v: z.literal(1).optional(),
  host: hostName,
  address: hostName.optional(),
  port: z.number().int().min(1).max(65_535).optional(),
  user: userName.optional(),
  command: text.min(1).optional(),
  script: z.strictObject({ name: z.string().min(1).max(255), text: z.string().max(262_144) }).optional(),
  env: z.record(environmentName, text).optional(),
  secretEnv: z.record(environmentName, id).optional(),
  cwd: text.min(1).optional(),
  shell: text.min(1).optional(),
  become: z.union([z.literal(true), userName]).optional(),
  timeoutMs: durationMs.min(1).optional(),
  connectTimeoutMs: durationMs.min(1).optional(),
  okCodes: z.array(z.number().int().min(0).max(255)).min(1).max(256).optional(),
  reboot: z.strictObject({ timeoutMs: durationMs }).optional(),
  delivery: z.enum(["once", "repeatable"]).optional(),
  onDisconnect: z.enum(["finish", "attached"]).optional(),
  /** From the worker's grab; over it nothing starts. */
  startWithinMs: durationMs.min(1).optional(),
  /** True: the output also comes live as WORK_DATA. */
  live: z.boolean().optional(),
  task: task.optional(),
});

export type Workload = z.output<typeof workloadSchema>;
export type WorkloadTask = z.output<typeof task>;

/** Text of a workload → the workload, or why it cannot be taken. */
export function parseWorkload(json: string): Result<Workload, string> {
  const parsed = parseMessage(json, workloadSchema, "workload");
  if (!parsed.ok) return parsed;
  const { command, script, task: taskPart, delivery } = parsed.value;
  if ((command === undefined) === (script === undefined)) {
    return { ok: false, error: "the workload is not valid: it needs either a command or a script" };
  }
  if (taskPart === undefined && delivery === "once") {
    return { ok: false, error: "the workload is not valid: `once` needs a `task` to record it under" };
  }
  return parsed;
}
