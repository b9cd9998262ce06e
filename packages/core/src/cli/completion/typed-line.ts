/** A command line as far as it is typed: its words behind the program's name, and the one at the cursor. */
export interface TypedLine {
  readonly words: readonly string[];
  readonly current: string;
}

/** Longer ones are not typed. */
const MOST_CHARACTERS = 64 * 1024;

/** Splits it as a shell does, quotes and backslashes taken away; an open quote ends with the line. */
export function typedLine(text: string): TypedLine {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  const line = text.slice(0, MOST_CHARACTERS);
  for (let at = 0; at < line.length; at += 1) {
    const letter = line.charAt(at);
    if (quote !== "") {
      if (letter === quote) quote = "";
      else if (letter === "\\" && quote === '"' && /["\\$`]/.test(line.charAt(at + 1)))
        word = (word ?? "") + line.charAt((at += 1));
      else word = (word ?? "") + letter;
    } else if (letter === "'" || letter === '"') {
      quote = letter;
      word ??= "";
    } else if (letter === "\\") {
      word = (word ?? "") + line.charAt((at += 1));
    } else if (/\s/.test(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + letter;
    }
  }
  return { words: words.slice(1), current: word ?? "" };
}
