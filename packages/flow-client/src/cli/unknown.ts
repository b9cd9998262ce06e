import { nearOptions, unknownWords } from "@roadrunner/core/cli";

/**
 * The message for words that the command does not take. `suggest` finds the known option that is near. What was
 * written as it is told is no option: to `run` it is the command, of which the `--` was left out.
 */
export function whatIsUnknown(
  message: string,
  args: readonly string[],
  known: readonly string[],
  suggest: (word: string, known: readonly string[]) => string | undefined,
): readonly string[] {
  const near = nearOptions(message, args, known, suggest);
  // As a shell leaves the braces of @web{rack=r7,zone=eu}.
  if (unknownWords(message).some((word) => args.includes(word) && /^@[^=]+=/.test(word)))
    return [message, "A host expression with braces stands in quotes: '@web{rack=r7,zone=eu}'"];
  const isWord = unknownWords(message).some((word) => args.includes(word));
  const command =
    isWord && isOneLine(args) ? ["A command stands behind --: rr-submit run HOSTS -- COMMAND"] : [];
  return [message, ...near, ...command];
}

/** Which word a command lacks, where the message is that it lacks one; `usage` has it in angle brackets. */
export function whatIsMissing(message: string, usage: string): string | undefined {
  const [, word] = /<(\w+)>/.exec(usage) ?? [];
  return word !== undefined && message.startsWith("Not enough non-option arguments")
    ? `which ${word}? Name it: rr-submit ${usage}`
    : undefined;
}

/** The command that the first word was probably meant to be, where it names no file. */
export function nearCommand(
  args: readonly string[],
  commands: readonly string[],
  suggest: (word: string, known: readonly string[]) => string | undefined,
  isThere: (path: string) => boolean,
): readonly string[] {
  const [word] = args.filter((arg) => !arg.startsWith("-"));
  if (word === undefined || commands.includes(word) || isThere(word)) return [];
  const near = suggest(word, commands);
  return near === undefined
    ? []
    : [`there is no command and no file ${word}: did you mean rr-submit ${near}?`];
}

/** Whether a word before `--` names a command that takes hosts in place of a flow. */
export function isOneLine(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return args.slice(0, end === -1 ? args.length : end).some((arg) => arg === "run" || arg === "ping");
}
