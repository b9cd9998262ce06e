import { defined } from "../../optional-fields.ts";
import { ON_DISCONNECT } from "../../work/work.ts";
import { JOB_DEFAULTS } from "../defaults.ts";
import type { WrittenDefaults, WrittenJob } from "../schema/job-schema.ts";
import type { WrittenStage } from "../schema/stage-schema.ts";

/** A job's fields with `defaults` and the built-in defaults applied; the job's own replace those, `env` too. */
export type Settings = ReturnType<typeof settingsOf>;

/** Fields of `settings` that say something of one command; a stage has them of itself alone. */
const OF_ONE_COMMAND = ["okCodes", "reboot", "rebootTimeout", "outputs"] as const;

/** What a part of a job writes of its command: a stage, what undoes the job, the check of a gate. */
type WrittenPart = Partial<Pick<WrittenStage, Extract<keyof WrittenStage, keyof WrittenJob> | "at">>;

/** A part's fields, with those of its job where it does not write them. */
export function settingsOfStage(settings: Settings, stage: WrittenPart): Settings {
  const own = Object.fromEntries(OF_ONE_COMMAND.map((field) => [field, JOB_DEFAULTS[field]]));
  const { env: _, ...written } = stage;
  const ofJob = stage.at === undefined ? settings : elsewhere(settings);
  const joined = { ...ofJob, ...own, ...defined(written) } as Settings;
  const { onDisconnect } = stage;
  return onDisconnect !== undefined || stage.delivery === undefined
    ? joined
    : { ...joined, onDisconnect: ON_DISCONNECT[stage.delivery] };
}

/** What a job says of its own hosts is nothing to the host at which a stage runs, and its secrets do not go there. */
function elsewhere({ become: _become, cwd: _cwd, secretEnv: _secretEnv, ...settings }: Settings): Settings {
  return settings;
}

export function settingsOf(defaults: WrittenDefaults | undefined, job: WrittenJob) {
  const settings = { ...JOB_DEFAULTS, ...defined(defaults ?? {}), ...defined(job) };
  return { onDisconnect: ON_DISCONNECT[settings.delivery], ...settings };
}
