import { defined } from "../../optional-fields.ts";
import { ON_DISCONNECT } from "../../work/work.ts";
import { JOB_DEFAULTS } from "../defaults.ts";
import type { WrittenDefaults, WrittenJob } from "../schema/job-schema.ts";

/** A job's fields with `defaults` and the built-in defaults applied; the job's own replace those, `env` too. */
export type Settings = ReturnType<typeof settingsOf>;

export function settingsOf(defaults: WrittenDefaults | undefined, job: WrittenJob) {
  const settings = { ...JOB_DEFAULTS, ...defined(defaults ?? {}), ...defined(job) };
  return { onDisconnect: ON_DISCONNECT[settings.delivery], ...settings };
}
