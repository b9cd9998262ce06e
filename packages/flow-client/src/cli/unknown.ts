/** What there is no option for, as yargs tells it, with the option that was probably meant. */
const UNKNOWN = /^Unknown arguments?: (.*)$/s;

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
  const unknown = UNKNOWN.exec(message)?.[1]?.split(", ") ?? [];
  const near = unknown.flatMap((word) => {
    const found = args.includes(word) ? undefined : suggest(word, known);
    return found === undefined ? [] : [`--${word}: did you mean --${found}?`];
  });
  const isWord = unknown.some((word) => args.includes(word));
  const command =
    isWord && isOneLine(args) ? ["A command stands behind --: rr-submit run HOSTS -- COMMAND"] : [];
  return [message, ...near, ...command];
}

/** Whether a word before `--` names a command that takes hosts in place of a flow. */
export function isOneLine(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return args.slice(0, end === -1 ? args.length : end).some((arg) => arg === "run" || arg === "ping");
}
