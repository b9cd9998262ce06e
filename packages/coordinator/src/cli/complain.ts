import { safeText } from "@roadrunner/core/safe-text";

const EXIT_USAGE = 2;

/** Tells what is wrong with the command line, or with a file that it names; gives the exit code. */
export function complain(problems: readonly string[]): number {
  process.stderr.write(`${problems.map((problem) => safeText(`rr-coordinator: ${problem}`)).join("\n")}\n`);
  return EXIT_USAGE;
}
