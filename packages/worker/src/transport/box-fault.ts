import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { messageOf } from "./problem.ts";

/** What this worker's box has no more of, or what else is wrong there, and what to do. */
export function boxFault(error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case "EAGAIN":
      return (
        `this worker's box lets its user have no more processes (ulimit -u${processLimit()}, TasksMax of its service, or ` +
        `its container's limit): raise that, or lower --max-connections`
      );
    case "EMFILE":
      return (
        `this worker is out of file descriptors (ulimit -n; LimitNOFILE of its service): raise that, or lower ` +
        `--max-connections`
      );
    case "ENFILE":
      return `this worker's box is out of file descriptors (sysctl fs.file-max): raise that, or lower --max-connections`;
    case "ENOMEM":
      return `this worker's box is out of memory: give it more, or lower --max-connections`;
    case "ENOSPC":
    case "EDQUOT":
      return `there is no room left in ${tmpdir()} of this worker's box: make some, or set TMPDIR to another folder`;
    default:
      return messageOf(error);
  }
}

function processLimit(): string {
  try {
    const limit = /^Max processes\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return limit === undefined ? "" : ` is ${limit}`;
  } catch {
    return "";
  }
}
