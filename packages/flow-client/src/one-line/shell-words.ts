/** Words that mean something to a shell where a command's name is expected. */
const RESERVED =
  /^(?:if|then|else|elif|fi|do|done|case|esac|while|until|for|in|function|select|time|coproc|end|begin)$/;
const PLAIN = /^[\w@%+:,./-][\w@%+:,./=-]*$/;
const ASSIGNMENT = /^[A-Za-z_]\w*\+?=/;

/**
 * The shell line of the words after `--`: several are quoted one by one, so that the command gets them as they were
 * typed here; a single one is a shell line already.
 */
export function shellLine(words: readonly string[]): string {
  const [only = ""] = words;
  return words.length === 1 ? only : words.map(quoted).join(" ");
}

function quoted(word: string, index: number): string {
  const isPlain = PLAIN.test(word) && !(index === 0 && (ASSIGNMENT.test(word) || RESERVED.test(word)));
  return isPlain ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
