import { z } from "zod";
import { FAILURES } from "../../work/outcome.ts";
import { DURATION_PATTERN, parseDuration } from "../duration.ts";
import { JOB_DEFAULTS } from "../defaults.ts";
import { amount, parallelism, share } from "./amount-fields.ts";
import { env, secretEnv } from "./env-fields.ts";
import { spread } from "./label-fields.ts";
import { takesParam } from "./param-places.ts";
import {
  mustBe,
  explainedBy,
  NAME_PATTERN,
  NAME_RULE,
  oneOf,
  POOL_PATTERN,
  POOL_RULE,
  textOf,
  USER_PATTERN,
  USER_RULE,
  yesOrNo,
} from "./text-fields.ts";

const durationSaying = explainedBy(parseDuration, 'a duration such as "90s", "5m" or "1h30m"');

export function duration() {
  const either = z.union(
    [
      z
        .string(durationSaying)
        .regex(DURATION_PATTERN, durationSaying)
        .refine((text) => parseDuration(text).ok, durationSaying),
      z.literal(0, durationSaying),
    ],
    durationSaying,
  );
  return takesParam("duration", either);
}

export function positiveDuration() {
  const above0 = mustBe('a duration above 0, such as "15s"');
  const positive = duration().refine((written) => {
    const parsed = parseDuration(written);
    // What is no duration at all is told already.
    return !parsed.ok || parsed.value > 0;
  }, above0);
  return takesParam("duration", positive);
}

/** A host expression; `hosts` reads it. */
export function hostExpression(): z.ZodString {
  const saying = mustBe('a host expression such as "db[1-10]"');
  const text = z.string(saying).min(1, 'the host expression is empty; write one such as "db[1-10]"');
  return takesParam("hosts", text);
}

const absolutePath = textOf(/^\/[^\0]{0,4094}$/, 'an absolute path, beginning with "/"');

/** The fields that stand in a job only. */
export const OWN_FIELDS = {
  name: textOf(NAME_PATTERN, NAME_RULE).optional().meta({
    description:
      "Unique in the flow. Default: job-SLOT-N, in finally slots finally-SLOT-N, both counted from 1.",
  }),
  hosts: takesParam(
    "hosts",
    z.union(
      [
        hostExpression(),
        z.array(hostExpression(), mustBe("a list")).min(1, mustBe("at least one host expression")),
      ],
      mustBe('a host expression such as "db[1-10]", or a list of them'),
    ),
  ).meta({
    description:
      "A host expression such as db[1-10] or @web{rack=r7}, or a list of them; hosts start in this order.",
  }),
  command: z.string(mustBe("a shell command line")).optional().meta({
    description: "A shell command line. One of command and script is needed.",
  }),
  unless: z.string(mustBe("a shell command line")).optional().meta({
    description:
      "A shell command line that is run first, as the command would be. Exit code 0: the host is ok as it is, and the command is not started; 1 to 125: the command runs; anything else: failed. Of a job with stages it is asked once, before all of them.",
  }),
  script: z
    .string(mustBe("the path of a local file"))
    .min(1, mustBe("the path of a local file"))
    .optional()
    .meta({
      description:
        "A local file of at most 256 KiB, by its path from the flow file. It is sent with the task, run by the interpreter of its first line, and removed afterwards.",
    }),
};

/** The fields that may stand in `defaults` as well. */
export const SHARED_FIELDS = {
  success: amount("success").optional().meta({
    description: 'Share or number of hosts that must end ok; "0%" means best effort.',
    default: JOB_DEFAULTS.success,
  }),
  parallelism: parallelism().optional().meta({
    description: 'Hosts at once: a share, a number, or a list of steps such as [1, "10%", "50%"].',
    default: JOB_DEFAULTS.parallelism,
  }),
  stepSuccess: share().optional().meta({
    description:
      "Share of a step's hosts that must end ok, or the job fails. Default: success where that is a share, else 100%.",
  }),
  wait: duration().optional().meta({ description: "Pause between steps.", default: JOB_DEFAULTS.wait }),
  tolerate: z
    .strictObject(
      {
        failed: amount("tolerate").optional(),
        timedOut: amount("tolerate").optional(),
        unreachable: amount("tolerate").optional(),
        refused: amount("tolerate").optional(),
        unknown: amount("tolerate").optional(),
      } satisfies Record<(typeof FAILURES)[number], unknown>,
      mustBe('limits by outcome, such as { "unreachable": "5%" }'),
    )
    .optional()
    .meta({
      description: 'Limits by outcome besides success, such as { "unreachable": "5%", "timedOut": 0 }.',
    }),
  spread: spread().optional().meta({
    description:
      'At most so many of its hosts at once for each value of a label, such as { "rack": 1, "zone": "25%" }; a share is of the hosts with that value.',
  }),
  failedHostsHoldPlaces: yesOrNo().optional().meta({
    description:
      "A failed host keeps its place among the hosts at once, since it is probably down. Default: false; with stages true.",
  }),
  boundFailures: yesOrNo().optional().meta({
    description: "Start a host only while failures plus hosts in flight cannot exceed the failures allowed.",
    default: JOB_DEFAULTS.boundFailures,
  }),
  onlyIfOk: z
    .union(
      [
        z.string(mustBe("a job's name")).min(1, mustBe("a job's name")),
        z
          .array(z.string(mustBe("a job's name")).min(1, mustBe("a job's name")), mustBe("a list"))
          .min(1, mustBe("at least one job's name")),
      ],
      mustBe("the name of an earlier job, or a list of them"),
    )
    .optional()
    .meta({ description: "Earlier jobs: of these hosts only those that ended ok in all of them." }),
  order: oneOf(["declared", "sorted", "reversed", "random"]).optional().meta({
    description: "In which order the hosts start.",
    default: JOB_DEFAULTS.order,
  }),
  user: textOf(USER_PATTERN, USER_RULE).optional().meta({
    description: "As whom to log in. Default: what the inventory or the worker's ssh_config says.",
  }),
  env: env().optional().meta({
    description: "Environment variables of the command. Merged by name: defaults, inventory, job.",
    default: JOB_DEFAULTS.env,
  }),
  cwd: absolutePath.optional().meta({
    description: "Folder in which the command runs, an absolute path. Default: the user's home.",
  }),
  become: z
    .union(
      [
        z.boolean(mustBe("true (root), false, or a user name")),
        textOf(/^(?!(?:true|false)$)[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/, "true (root), false, or a user name"),
      ],
      mustBe("true (root), false, or a user name"),
    )
    .optional()
    .meta({ description: "Run through sudo: true as root, a user name as that user." }),
  shell: textOf(/^\/[A-Za-z0-9_./+-]+$/, "the absolute path of a shell")
    .optional()
    .meta({
      description: "The shell that runs the command, as SHELL -c COMMAND.",
      default: JOB_DEFAULTS.shell,
    }),
  secretEnv: secretEnv().optional().meta({
    description: "Environment variable to the name of a secret that the workers keep in --secrets-dir.",
  }),
  timeout: duration().optional().meta({
    description: "Longest time of the command on one host; then it is killed. 0: none.",
  }),
  deadline: duration().optional().meta({ description: "Longest time of the whole job. 0: none." }),
  connectTimeout: positiveDuration().optional().meta({
    description: "Longest time to reach a host.",
    default: JOB_DEFAULTS.connectTimeout,
  }),
  freshLogin: yesOrNo().optional().meta({
    description:
      "Log in anew for each command, and leave no connection behind: what a login sets up (groups, limits, mounts, an environment) is then of this moment.",
    default: JOB_DEFAULTS.freshLogin,
  }),
  okCodes: z
    .array(
      z
        .int(mustBe("an exit code, 0 to 255"))
        .min(0, mustBe("an exit code, 0 to 255"))
        .max(255, mustBe("an exit code, 0 to 255")),
      mustBe("a list of exit codes such as [0, 2]"),
    )
    .min(1, mustBe("at least one exit code"))
    .max(256, mustBe("at most 256 exit codes"))
    .optional()
    .meta({ description: "Exit codes that count as success.", default: JOB_DEFAULTS.okCodes }),
  retries: z
    .int(mustBe("a whole number of further attempts, 0 to 100"))
    .min(0, mustBe("a whole number of further attempts, 0 to 100"))
    .max(100, mustBe("a whole number of further attempts, 0 to 100"))
    .optional()
    .meta({
      description: "Attempts after the first.",
      default: JOB_DEFAULTS.retries,
    }),
  retryDelay: duration().optional().meta({
    description: "Pause before the second attempt; doubled for each further one, jittered, capped.",
    default: JOB_DEFAULTS.retryDelay,
  }),
  retryOn: z
    .array(oneOf(FAILURES), mustBe("a list of outcomes"))
    .min(1, mustBe("at least one outcome"))
    .optional()
    .meta({ description: "Outcomes that are tried again.", default: JOB_DEFAULTS.retryOn }),
  outputs: yesOrNo().optional().meta({
    description:
      "The command may write NAME=VALUE lines to the file that $RR_OUT names: they stand in the reports. Always so where a later job takes one of them.",
    default: JOB_DEFAULTS.outputs,
  }),
  reboot: yesOrNo().optional().meta({
    description:
      "The command takes the host down: a lost connection is expected, and it is ok when the host is back with another boot id.",
    default: JOB_DEFAULTS.reboot,
  }),
  rebootTimeout: positiveDuration().optional().meta({
    description: "Longest time until the host is back.",
    default: JOB_DEFAULTS.rebootTimeout,
  }),
  delivery: oneOf(["once", "repeatable"]).optional().meta({
    description:
      "once: the command starts at most once on a host per attempt, kept in a record on the host. repeatable: it may run again after a lost worker or job server.",
    default: JOB_DEFAULTS.delivery,
  }),
  onDisconnect: oneOf(["finish", "attached"]).optional().meta({
    description:
      "When the connection is lost: finish lets the command run to its end, attached ends it at its next output. Default: finish with once, attached with repeatable.",
  }),
  pool: textOf(POOL_PATTERN, POOL_RULE).optional().meta({
    description: "Which workers run it: those that were started with this --pool.",
  }),
  allowEmpty: yesOrNo().optional().meta({
    description: "A job without hosts is no error.",
    default: JOB_DEFAULTS.allowEmpty,
  }),
};
