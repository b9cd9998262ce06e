import type { Mark } from "../program/marks.ts";
import { programOf } from "../program/program.ts";
import { DEFAULT_RECORD_DIR } from "../program/record.ts";
import type { RemoteTask } from "../program/remote-task.ts";

/** Why the program started nothing, with the cure; nothing where it did. `asked`: where we still asked for a shell. */
export function explainRefusal(
  marks: readonly Mark[],
  task: RemoteTask,
  asked?: "asked",
): string | undefined {
  for (const mark of marks) {
    const reason = mark.word === "norecord" ? noDirectory(mark, task, asked) : refusalOf(mark, task);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** What the directory is needed for, why it cannot be used, and the cure. The mark names the user that it is of. */
function noDirectory({ args: [why = "", user] }: Mark, task: RemoteTask, asked?: "asked"): string {
  // sudo's password takes its way through the login user's usual directory, whatever is named for records.
  const directory = directoryOf(asked === undefined ? task : {}, user);
  const what =
    asked !== undefined
      ? "sudo's password cannot be handed to sudo on the host"
      : task.delivery === "once"
        ? "no record can be made on the host, so `once` cannot be kept"
        : task.outputs === true && task.script === undefined
          ? "the file for its outputs (RR_OUT) cannot be made on the host"
          : "the script cannot be written on the host";
  return `${what}: ${cureOf(why, directory)}`;
}

function refusalOf({ word, args: [detail = ""] }: Mark, task: RemoteTask): string | undefined {
  switch (word) {
    case "nocwd":
      return `cwd ${JSON.stringify(task.cwd)} cannot be entered on the host: make it, or name another`;
    case "noshell":
      return `${JSON.stringify(programOf(task))} is not a program on the host: install it, or name another`;
    case "noscript":
      return `the script could not be written to ${directoryOf(task, detail)} on the host: is the disk full?`;
    case "nooutputs":
      return `the file for its outputs (RR_OUT) could not be made in ${directoryOf(task, detail)} on the host: is the disk full?`;
    case "nolimit":
      return "the time limit could not be started on the host, so the command was not: see the login user's limits (ulimit -u)";
    case "other":
      return "the record of this attempt on the host is of another command, or of another signer's: neither must change within a run";
    case "prior":
      return `attempt ${detail} of this job still runs on the host, or its end is not known; a second one was not started`;
    default:
      return undefined;
  }
}

function directoryOf({ recordDir = DEFAULT_RECORD_DIR }: Pick<RemoteTask, "recordDir">, user = ""): string {
  return recordDir.replaceAll("%u", () => (/^[\w.@\\-]{1,64}\$?$/.test(user) ? user : "USER"));
}

function cureOf(told: string, directory: string): string {
  const [why, mode = ""] = told.split(":");
  switch (why) {
    case "link":
      return `${directory} is a symbolic link; remove it and find out who made it`;
    case "missing":
      return `${directory} is not a directory and cannot be made; is the file system full or read-only? Or name another (--record-dir)`;
    case "foreign":
      return `${directory} belongs to another user; remove it and find out who made it, or name another (--record-dir)`;
    case "others":
      return `${directory} or a folder above it can be changed by others (${/^[-a-zA-Z+.@]{1,12}$/.test(mode) ? mode : "mode or owner"}), who could take records away; chmod go-w it, chown it, or name another (--record-dir)`;
    case "sticky":
      return "/var/tmp has no sticky bit, so that anybody could replace the record; chmod 1777 /var/tmp, or name another directory (--record-dir)";
    case "space":
      return `the file system of ${directory} is full; free some space, or name another (--record-dir)`;
    case "file":
      return `no file can be made in ${directory}: read-only, out of inodes, or something else lies in its place; or name another (--record-dir)`;
    case "proc":
      return "the host has no /proc that /bin/sh can read; use `delivery: repeatable` if the command may run twice";
    case "session":
      return "the SSH server gives commands no session of their own and setsid is missing, or an rc file of the login shell starts another one; install util-linux, mend the file, or use `delivery: repeatable`";
    default:
      return told;
  }
}
