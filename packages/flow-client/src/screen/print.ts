import { fstatSync, writeFileSync } from "node:fs";
import { whyUnwritten } from "@roadrunner/core/files";
import { safeText } from "../reporters/text/safe-text.ts";
import { EXIT, type ExitCode } from "../usage/exit-codes.ts";
import { say } from "../usage/say.ts";

/**
 * A command's result, on stdout, harmless on a terminal; gives the exit code, which is `code` unless the result could not be written. A reader
 * that has seen enough (`| head`) is no fault.
 */
export async function print(text: string, code: ExitCode): Promise<ExitCode> {
  return put(`${safeText(text)}\n`, code);
}

/** What could as well go into a file, byte for byte; only to a terminal it goes harmless. */
export async function printFile(pieces: Iterable<string>, code: ExitCode): Promise<ExitCode> {
  const text = [...pieces].join("");
  return put(process.stdout.isTTY ? safeText(text) : text, code);
}

async function put(text: string, code: ExitCode): Promise<ExitCode> {
  const fault = faultOf(await write(text));
  if (fault === undefined) return code;
  say(`${fault}; the output is incomplete`);
  return EXIT.infrastructure;
}

/** What to tell of an error of stdout; undefined: only its reader has gone. */
export function faultOf(error: NodeJS.ErrnoException | undefined): string | undefined {
  if (error === undefined || error.code === "EPIPE") return undefined;
  return `cannot write to stdout: ${whyUnwritten(error)}`;
}

async function write(text: string): Promise<NodeJS.ErrnoException | undefined> {
  if (isFile()) return writeFile(text);
  return new Promise((resolve) => {
    // Beside the callback's error there is an event, which would end the process if nobody listened.
    process.stdout.on("error", resolve);
    process.stdout.write(text, (error) => resolve(error ?? undefined));
  });
}

/** On a disk with some room, a stream's one write would be cut short without an error. */
function writeFile(text: string): NodeJS.ErrnoException | undefined {
  try {
    writeFileSync(process.stdout.fd, text);
    return undefined;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}

function isFile(): boolean {
  try {
    return fstatSync(process.stdout.fd).isFile();
  } catch {
    return false;
  }
}
