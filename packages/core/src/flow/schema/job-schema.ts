import { z } from "zod";
import { JOB_DEFAULTS } from "../defaults.ts";
import { envOfJob } from "./env-fields.ts";
import { GATE_FIELDS } from "./gate-schema.ts";
import { OWN_FIELDS, SHARED_FIELDS } from "./job-fields.ts";
import { Stages } from "./stage-schema.ts";
import { mustBe } from "./text-fields.ts";
import { Undo } from "./undo-schema.ts";

/** In `defaults` it would be for every job, the one included whose output it is. */
const ENV_OF_JOB = {
  env: envOfJob().optional().meta({
    description:
      "Environment variables of the command. Merged by name: defaults, inventory, job. A value may be an output of an earlier job.",
    default: JOB_DEFAULTS.env,
  }),
};

export const Job = z
  .strictObject(
    {
      ...OWN_FIELDS,
      stages: Stages.optional(),
      ...SHARED_FIELDS,
      ...ENV_OF_JOB,
      ...GATE_FIELDS,
      undo: Undo.optional(),
    },
    mustBe("a job in { }"),
  )
  // For editors; to loadFlow a rule of its own says it better.
  .meta({ oneOf: [{ required: ["command"] }, { required: ["script"] }, { required: ["stages"] }] });
export const Defaults = z.strictObject(SHARED_FIELDS, mustBe("job fields in { }"));

export type WrittenJob = z.infer<typeof Job>;
export type WrittenDefaults = z.infer<typeof Defaults>;
