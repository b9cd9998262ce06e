import type { Mark } from "../program/marks.ts";
import { programOf } from "../program/program.ts";
import { DEFAULT_RECORD_DIR } from "../program/record.ts";
import type { RemoteTask } from "../program/remote-task.ts";

/** Why the program started nothing, with the cure; nothing where it did. */
export function explainRefusal(marks: readonly Mark[], task: RemoteTask): string | undefined {
  for (const mark of marks) {
    const reason = refusalOf(mark, task);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function refusalOf({ word, args: [detail = ""] }: Mark, task: RemoteTask): string | undefined {
  switch (word) {
    case "nocwd":
      return `cwd ${JSON.stringify(task.cwd)} cannot be entered on the host: make it, or name another`;
    case "noshell":
      return `${JSON.stringify(programOf(task))} is not a program on the host: install it, or name another`;
    case "noscript":
      return `the script could not be written to ${directoryOf(task)} on the host: is the disk full?`;
    case "norecord":
      return `no record can be made on the host, so \`once\` cannot be kept: ${cureOf(detail, directoryOf(task))}`;
    case "other":
      return "the record of this attempt on the host is of another command, or of another signer's: neither must change within a run";
    case "prior":
      return `attempt ${detail} of this job still runs on the host, or its end is not known; a second one was not started`;
    default:
      return undefined;
  }
}

function directoryOf(task: RemoteTask): string {
  return (task.recordDir ?? DEFAULT_RECORD_DIR).replaceAll("%u", "USER");
}

function cureOf(why: string, directory: string): string {
  switch (why) {
    case "link":
      return `${directory} is a symbolic link; remove it and find out who made it`;
    case "missing":
      return `${directory} is not a directory and cannot be made; is the file system full or read-only? Or name another (--record-dir)`;
    case "foreign":
      return `${directory} belongs to another user; remove it and find out who made it, or name another (--record-dir)`;
    case "sticky":
      return "/var/tmp has no sticky bit, so that anybody could replace the record; chmod 1777 /var/tmp, or name another directory (--record-dir)";
    case "space":
      return `the file system of ${directory} is full; free some space, or name another (--record-dir)`;
    case "file":
      return `no file can be made in ${directory}: read-only, out of inodes, or something else lies in its place; or name another (--record-dir)`;
    case "proc":
      return "the host has no /proc; use `delivery: repeatable` if the command may run twice";
    case "session":
      return "the SSH server gives commands no session of their own and setsid is missing; install util-linux, or use `delivery: repeatable`";
    default:
      return why;
  }
}
