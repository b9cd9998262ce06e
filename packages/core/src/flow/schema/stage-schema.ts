import { z } from "zod";
import { LABEL_NAME, LABEL_NAME_RULE } from "../../hosts/parse/label-text.ts";
import { CHECK_DEFAULTS, JOB_DEFAULTS } from "../defaults.ts";
import { duration, hostExpression, OWN_FIELDS, positiveDuration, SHARED_FIELDS } from "./job-fields.ts";
import { takesParam } from "./param-places.ts";
import { mustBe, NAME_PATTERN, NAME_RULE, oneOf, textOf, yesOrNo } from "./text-fields.ts";
import { withoutDefaults } from "./without-defaults.ts";

export const MOST_STAGES = 100;

const { command, script, unless } = OWN_FIELDS;
const { user, become, env, secretEnv, cwd, shell, timeout, connectTimeout, freshLogin } = SHARED_FIELDS;
const { okCodes, retries, retryDelay, retryOn, reboot, rebootTimeout, delivery, onDisconnect, pool } =
  SHARED_FIELDS;

const AT = 'a host such as "lb1", a list of them, or { label: "lb" }';
const LABEL = `the name of a label: ${LABEL_NAME_RULE}`;
const AT_ONCE = mustBe("a whole number above 0");

/** Fields that mean the same as in a job. Those in the middle a part of a job has from that where it does not write them. */
export const LIKE_JOB = {
  ...{ command, script, unless },
  ...withoutDefaults({ user, become, env, secretEnv, cwd, shell, timeout, connectTimeout, freshLogin }),
  ...withoutDefaults({ retries, retryDelay, retryOn, delivery, onDisconnect, pool }),
  ...{ okCodes, reboot, rebootTimeout },
};

/** One act of a host's way through a job. */
export const Stage = z.strictObject(
  {
    name: textOf(NAME_PATTERN, NAME_RULE).optional().meta({
      description: "Unique in the job. Default: stage-N.",
    }),
    ...LIKE_JOB,
    check: z.string(mustBe("a shell command line")).optional().meta({
      description:
        "In place of command and script: a shell command line that is asked again and again until it has ended ok without a break for stable.",
    }),
    every: positiveDuration().optional().meta({
      description: "Of a check: from one time that it is asked to the next.",
      default: CHECK_DEFAULTS.every,
    }),
    stable: duration().optional().meta({
      description: "Of a check: so long it has to say yes without a break. 0: once.",
      default: CHECK_DEFAULTS.stable,
    }),
    within: positiveDuration().optional().meta({
      description: "Of a check: after so long without that the stage has failed.",
      default: CHECK_DEFAULTS.within,
    }),
    at: takesParam(
      "hosts",
      z.union(
        [
          hostExpression(),
          z.array(hostExpression(), mustBe("a list")).min(1, mustBe("at least one host")),
          z.strictObject({ label: textOf(LABEL_NAME, LABEL) }, mustBe(AT)),
        ],
        mustBe(AT),
      ),
    )
      .optional()
      .meta({
        description:
          "It runs there, with the host whose way it is as $RR_TARGET: a host expression or a list of them (on all of these, one after the other), or { label: NAME }, the host that this label names.",
      }),
    atOnce: z.int(AT_ONCE).min(1, AT_ONCE).optional().meta({
      description: "With at: how many of the run may be at one such host at once.",
      default: JOB_DEFAULTS.atOnce,
    }),
    retryFrom: oneOf(["start", "stage"]).optional().meta({
      description:
        "Where a host goes on that failed here and is taken again: at its first stage, or at this one.",
      default: "start",
    }),
    always: yesOrNo().optional().meta({
      description: "It runs whatever became of the stages before it, and after a kill as well.",
      default: false,
    }),
  },
  mustBe("a stage in { }"),
);

export const Stages = z
  .array(Stage, mustBe("a list of stages"))
  .min(1, mustBe("at least one stage"))
  .max(MOST_STAGES, mustBe(`at most ${MOST_STAGES} stages`))
  .meta({
    description:
      "In place of command and script: what each host goes through, one after the other, in its place among the hosts at once.",
  });

export type WrittenStage = z.infer<typeof Stage>;
