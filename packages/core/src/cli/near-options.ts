/** How yargs tells what there is no option for. */
const UNKNOWN = /^Unknown arguments?: (.*)$/s;

type Suggest = (word: string, known: readonly string[]) => string | undefined;

/** The words that the command does not take. */
export function unknownWords(message: string): readonly string[] {
  return UNKNOWN.exec(message)?.[1]?.split(", ") ?? [];
}

/** For each option that there is not, the one that was probably meant. What was written as it is told is no option. */
export function nearOptions(
  message: string,
  args: readonly string[],
  known: readonly string[],
  suggest: Suggest,
): readonly string[] {
  return unknownWords(message).flatMap((word) => {
    const found = args.includes(word) ? undefined : suggest(word, known);
    return found === undefined ? [] : [`--${word}: did you mean --${found}?`];
  });
}
