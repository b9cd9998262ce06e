import * as z from "zod";
import { picked, type LeftOut } from "../optional-fields.ts";
import { sortedJson } from "./sorted-json.ts";
import { argument, durationMs, environmentName, secretName, userName } from "./field-types.ts";

/**
 * What is done on a host, in the one shape that plan, workload and remote task share. A field that is added here is
 * carried from the plan to the host by itself.
 */
export const workFields = {
  command: argument.min(1).optional(),
  /** Asked first: it tells whether the command is needed. */
  unless: argument.min(1).optional(),
  script: z
    .strictObject({ name: z.string().min(1).max(255), text: z.string().max(262_144) })
    .readonly()
    .optional(),
  env: z.record(environmentName, argument).readonly().default({}),
  /** Variable to the name of a secret. */
  secretEnv: z.record(environmentName, secretName).readonly().optional(),
  cwd: argument.startsWith("/", "must begin with /").optional(),
  shell: argument.regex(/^[^-]/, "is not a program").default("/bin/sh"),
  /** True: root; else the user's name. */
  become: z.union([z.literal(true), userName]).optional(),
  timeoutMs: durationMs.min(1).optional(),
  connectTimeoutMs: durationMs.min(1).default(15_000),
  /** On a connection of its own, made for this and closed after it. */
  freshLogin: z.literal(true).optional(),
  /** The command is asked again and again, until it says yes for so long. */
  check: z
    .strictObject({ everyMs: durationMs.min(1), stableMs: durationMs, withinMs: durationMs.min(1) })
    .readonly()
    .optional(),
  okCodes: z.array(z.number().int().min(0).max(255)).min(1).max(256).readonly().default([0]),
  reboot: z.strictObject({ timeoutMs: durationMs }).readonly().optional(),
  /** The command may hand values to later jobs, by `$RR_OUT`. */
  outputs: z.literal(true).optional(),
  delivery: z.enum(["once", "repeatable"]).default("repeatable"),
  /** By default as ON_DISCONNECT says. */
  onDisconnect: z.enum(["finish", "attached"]).optional(),
};

/** What `onDisconnect` is by default, by `delivery`. */
export const ON_DISCONNECT = { once: "finish", repeatable: "attached" } as const;

/** How long `unless` may take where the work has no timeout: a question that never ends would hold its host for ever. */
export const UNLESS_TIMEOUT_MS = 300_000;

type Fields = z.output<z.ZodObject<typeof workFields>>;
export type Work = LeftOut<Omit<Fields, "onDisconnect"> & Required<Pick<Fields, "onDisconnect">>>;

/** A job's work: its hosts have the variables, each its own. */
export type JobWork = Omit<Work, "env">;

/**
 * Which fields make a command what it is, and which only say how it is carried out. A record on a host names the
 * former by their digest: another command must not take it for its own.
 */
const PART_OF_DIGEST = {
  command: true,
  unless: true,
  script: true,
  env: true,
  secretEnv: true,
  cwd: true,
  shell: true,
  become: true,
  timeoutMs: false,
  connectTimeoutMs: false,
  freshLogin: false,
  check: false,
  okCodes: false,
  reboot: false,
  outputs: false,
  delivery: false,
  onDisconnect: false,
} as const satisfies Record<keyof Work, boolean>;

/** The text whose digest names a command. The order of variables is without meaning. */
export function digestText(work: Work): string {
  const fields = workFieldNames.filter((name) => PART_OF_DIGEST[name]).map((name) => work[name] ?? null);
  return sortedJson(fields);
}

export const workFieldNames = Object.keys(PART_OF_DIGEST) as (keyof Work)[];

/** The work among the fields of something larger. */
export function workIn(larger: Work): Work {
  return picked(larger, workFieldNames);
}
