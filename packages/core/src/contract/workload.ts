import * as z from "zod";
import { succeed, type Result } from "../errors.ts";
import { epoch, epochFault, notAfterMs } from "./epoch.ts";
import { hostBoot } from "./host-boot.ts";
import { ID_PATTERN, type TaskIdParts } from "./names.ts";
import { argument, durationMs, environmentName, userName } from "../work/field-types.ts";
import { TRANSPORTS } from "../work/transport.ts";
import { ON_DISCONNECT, workFields, type Work } from "../work/work.ts";
import { parseMessage } from "./messages.ts";

const hostName = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[A-Za-z0-9_.:%][A-Za-z0-9_.:%-]*$/, "is not a host name");
const id = z.string().regex(ID_PATTERN, "may hold letters, digits, `_`, `.` and `-`, at most 40");

/** Which task of which run this is; absent in a workload written by hand. */
const task = z.strictObject({
  run: z.string().regex(/^[A-Za-z0-9-]{1,40}$/, "is not a run id"),
  slot: z.number().int().min(1),
  job: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, "is not a job name"),
  stage: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, "is not a stage name")
    .optional(),
  /** The host whose way it is, where the stage runs at another one: `host` is where it runs. */
  target: hostName.optional(),
  /** It asks this gate of the job at `host`, and is no task of a host. */
  gate: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, "is not a gate's name")
    .optional(),
  attempt: z.number().int().min(1),
  /** The client process that submits: revocations and kills name it, so that they never meet a resumed run. */
  client: id,
  /** Fresh for each submission. */
  submission: z.string().regex(/^[a-z0-9]{8,32}$/, "is 8 to 32 of a-z and 0-9"),
  /**
   * An earlier submission of this attempt was made. `began`: its start was heard, there; `boot`: the host has been this
   * one since before the first submission. With neither, a host without a record starts nothing.
   */
  again: z.strictObject({ began: hostBoot.optional(), boot: hostBoot.optional() }).optional(),
  /** Default run. `withdraw`: learn how it ended, but never start it; `kill`: end it if it runs. */
  order: z.enum(["run", "withdraw", "kill"]).optional(),
  epoch: epoch.optional(),
  notAfterMs: notAfterMs.optional(),
});

export const workloadSchema = z.strictObject({
  v: z.literal(1).optional(),
  host: hostName,
  address: hostName.optional(),
  port: z.number().int().min(1).max(65_535).optional(),
  user: userName.optional(),
  /** By what; else as the worker's own option says. */
  transport: z.enum(TRANSPORTS).optional(),
  ...workFields,
  /** Variables whose values are secrets: of the flow's parameters. They are in no record and no digest on the host. */
  secretParams: z.record(environmentName, argument).readonly().optional(),
  /** How long a lost command's host is asked again. */
  lostTimeoutMs: durationMs.optional(),
  /** From the worker's grab; over it nothing starts. */
  startWithinMs: durationMs.min(1).optional(),
  /** True: the output also comes live as WORK_DATA. */
  live: z.boolean().optional(),
  task: task.optional(),
});

/** As it travels: whoever writes one by hand leaves out what he does not need. */
export type WrittenWorkload = z.input<typeof workloadSchema>;
/** As it is read, with every default. */
export type Workload = Omit<z.output<typeof workloadSchema>, keyof Work> & Work;
export type WorkloadTask = z.output<typeof task>;

/** What names a task, and what its record is named by, by its workload. */
export function namesOf(task: WorkloadTask, host: string): TaskIdParts {
  const { target } = task;
  return target === undefined ? { ...task, host } : { ...task, host: target, at: host };
}

/** Text of a workload → the workload, or why it cannot be taken. */
export function parseWorkload(json: string): Result<Workload, string> {
  const parsed = parseMessage(json, workloadSchema, "workload");
  if (!parsed.ok) return parsed;
  const { command, script, task: taskPart, delivery, onDisconnect, reboot, outputs } = parsed.value;
  const { check, unless } = parsed.value;
  if ((command === undefined) === (script === undefined)) {
    return { ok: false, error: "the workload is not valid: it needs either a command or a script" };
  }
  if (taskPart === undefined && delivery === "once") {
    return { ok: false, error: "the workload is not valid: `once` needs a `task` to record it under" };
  }
  if (taskPart?.target !== undefined && taskPart.stage === undefined) {
    return { ok: false, error: "the workload is not valid: a `target` is of a `stage`" };
  }
  if (check !== undefined && (delivery === "once" || unless !== undefined || reboot !== undefined)) {
    return {
      ok: false,
      error: "the workload is not valid: a `check` is `repeatable`, without `unless` and `reboot`",
    };
  }
  const ofEpoch = epochFault(taskPart ?? {});
  if (ofEpoch !== undefined) return { ok: false, error: `the workload is not valid: ${ofEpoch}` };
  const onlyTasks = [taskPart?.stage, taskPart?.target, reboot, unless, check, outputs];
  if (
    taskPart?.gate !== undefined &&
    (delivery === "once" || onlyTasks.some((field) => field !== undefined))
  ) {
    return {
      ok: false,
      error:
        "the workload is not valid: what a `gate` asks is `repeatable`, without `stage`, `reboot`, `unless`, `check` and `outputs`",
    };
  }
  if (reboot !== undefined && outputs !== undefined) {
    return { ok: false, error: "the workload is not valid: what takes its host down has no `outputs`" };
  }
  // JSON holds no undefined.
  return succeed({ ...parsed.value, onDisconnect: onDisconnect ?? ON_DISCONNECT[delivery] } as Workload);
}
