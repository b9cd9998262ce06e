import { createHash } from "node:crypto";
import { digestText } from "@roadrunner/core";
import type { RemoteTask } from "./remote-task.ts";
import type { Settings } from "./shell/host-text.ts";

/** `%u` stands for the user that runs the command. */
export const DEFAULT_RECORD_DIR = "/var/tmp/roadrunner-%u";

type Recorded = Pick<RemoteTask, "recordDir" | "recordKey" | "attempt">;

/** Where the records are: the directory's name, and what finds the user that is a part of it. */
export function directoryOf({ recordDir = DEFAULT_RECORD_DIR }: Pick<RemoteTask, "recordDir">): {
  readonly first: readonly string[];
  readonly settings: Settings;
} {
  const pieces = recordDir
    .split("%u")
    .flatMap((text) => [{ read: "rr_user" }, text])
    .slice(1);
  return pieces.length > 1
    ? { first: ["rr_find_user"], settings: { rr_directory: pieces } }
    : { first: [], settings: { rr_directory: pieces, rr_user: "" } };
}

/** The attempt's file in the directory. */
export function recordFileOf({ recordKey = "none", attempt }: Recorded): Settings {
  return { rr_record_file: [{ read: "rr_directory" }, `/${recordKey}.${attempt}`] };
}

/** Makes the directory. Of our own directory it is known what is above it; one that somebody names is looked at each time. */
export function directorySteps({ recordDir }: Pick<RemoteTask, "recordDir">): readonly string[] {
  return recordDir === undefined
    ? ["rr_need_sticky", "rr_make_directory", "rr_need_private"]
    : ["rr_make_directory", "rr_need_closed"];
}

/** Whether the program may have children that are not the command. */
export function hasHelpers({ onDisconnect, timeoutMs }: RemoteTask): boolean {
  return onDisconnect === "finish" || timeoutMs !== undefined;
}

/** What the command is and whose, without the secrets' values: a delivery of another one must not take its record. */
export function digestOf(task: RemoteTask): string {
  const names = Object.entries(task.secretEnv).map(([variable, { name }]) => [variable, name]);
  const text = digestText({ ...task, secretEnv: Object.fromEntries(names) });
  const whose = task.owner === undefined ? [] : ["\0", task.owner];
  return createHash("sha256")
    .update([text, ...whose].join(""))
    .digest("hex")
    .slice(0, 20);
}
