import { dirname } from "node:path";
import { boxFault } from "../../transport/box-fault.ts";
import { problem } from "../../transport/problem.ts";
import type { TransportProblem } from "../../transport/transport.ts";
import { NOT_WRITTEN } from "./guard.ts";

export interface BoxFacts {
  /** With address and port, for messages. */
  readonly where: string;
  /** The control socket that was to be made. */
  readonly socket: string;
  /** What was said, oldest line first. */
  readonly lines: readonly string[];
  /** No server has been heard yet. */
  readonly isEarly: boolean;
  readonly exitCode: number | null;
}

/** What ssh, or the shell that becomes it, says of this worker's own box, where that is why there is no connection. */
export function boxProblem(facts: BoxFacts, words: readonly string[]): TransportProblem | undefined {
  const { where, socket, lines, exitCode } = facts;
  const last = words.at(-1) ?? "";
  const local = (why: string) => problem("local", `cannot connect to ${where}: ${why}`);
  // No server knows the socket's name, so none can write such a line.
  const unmade = words.findLast((line) => line.includes(socket) && /: [^:]+$/.test(line));
  if (unmade !== undefined) {
    const why = unmade.replace(/^.*: /, "");
    return local(`ssh's control socket cannot be made: ${boxFault(systemError(why))}`);
  }
  if (exitCode === NOT_WRITTEN)
    return local(`this worker cannot write into ${dirname(socket)} (${last}): set TMPDIR to another folder`);
  // ssh tells its version first, and ends with 255 whatever goes wrong.
  const isSsh = lines.some((line) => line.startsWith("OpenSSH_") || line.startsWith("debug1: "));
  if (!isSsh && exitCode !== null && exitCode !== 255)
    return local(`this worker's box has no ssh that runs (${last}): install openssh-client`);
  const unforked = facts.isEarly ? words.find((line) => /\bfork failed: /.test(line)) : undefined;
  if (unforked !== undefined)
    return local(`ssh cannot start its way there: ${boxFault(systemError(unforked.replace(/^.*: /, "")))}`);
  return undefined;
}

const CODES: readonly (readonly [RegExp, string])[] = [
  [/^No space left on device$/, "ENOSPC"],
  [/^Disk quota exceeded$/, "EDQUOT"],
  [/^Resource temporarily unavailable$/, "EAGAIN"],
  [/^Cannot allocate memory$/, "ENOMEM"],
  [/^Too many open files$/, "EMFILE"],
  [/^Too many open files in system$/, "ENFILE"],
];

/** As Node tells what the system says. */
function systemError(text: string): NodeJS.ErrnoException {
  const code = CODES.find(([pattern]) => pattern.test(text))?.[1];
  return Object.assign(new Error(text), code === undefined ? {} : { code });
}
