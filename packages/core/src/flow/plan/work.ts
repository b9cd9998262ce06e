import type { Work } from "../../rollout/plan.ts";
import { parseDuration } from "../duration.ts";
import type { PlacedJob } from "../schema/flow-file.ts";
import { quote } from "../source/visible.ts";
import type { Settings } from "./settings.ts";

/** Milliseconds of a duration that the schema has let through. */
export function durationOf(written: string | 0): number {
  const parsed = parseDuration(written);
  if (!parsed.ok) throw new Error(`bug: the schema let the duration ${quote(written)} through`);
  return parsed.value;
}

/** What the job does on each host. */
export function workOf(placed: PlacedJob, settings: Settings, script: Work["script"]): Work {
  const { command } = placed.job;
  const { cwd, become, secretEnv, timeout, reboot, rebootTimeout } = settings;
  const timeoutMs = timeout === undefined ? 0 : durationOf(timeout);
  return {
    ...(command === undefined ? {} : { command }),
    ...(script === undefined ? {} : { script }),
    ...(cwd === undefined ? {} : { cwd }),
    shell: settings.shell,
    ...(become === undefined || become === false ? {} : { become }),
    ...(secretEnv === undefined ? {} : { secretEnv }),
    ...(timeoutMs === 0 ? {} : { timeoutMs }),
    connectTimeoutMs: durationOf(settings.connectTimeout),
    okCodes: settings.okCodes,
    ...(reboot ? { reboot: { timeoutMs: durationOf(rebootTimeout) } } : {}),
    delivery: settings.delivery,
    onDisconnect: settings.onDisconnect,
  };
}
