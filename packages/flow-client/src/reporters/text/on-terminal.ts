/**
 * Lines as a terminal would show them in the end: what stands behind a carriage return or a backspace goes over what stood
 * there, so that a progress bar is its last state. Of escape sequences those that erase a line are followed; others, in such
 * a line, are colours and the like, and take no room.
 */
export function onTerminal(text: string): string {
  return /[\r\b]/.test(text) ? text.split("\n").map(lineOnTerminal).join("\n") : text;
}

/** One thing at a time: an escape sequence (its parameters, its letter), or a character. */
const STEP = /\u001b\[([\d;?]*)([A-Za-z])|[^]/gu;

function lineOnTerminal(line: string): string {
  // The end of a line as Windows writes it.
  const whole = line.endsWith("\r") ? line.slice(0, -1) : line;
  if (!/[\r\b]/.test(whole)) return whole;
  const cells: string[] = [];
  let column = 0;
  for (const [step, parameter, letter] of whole.matchAll(STEP)) {
    if (step === "\r") column = 0;
    else if (step === "\b") column = Math.max(0, column - 1);
    else if (letter === undefined) cells[column++] = step;
    else if (letter === "K" && parameter === "2") cells.fill(" ", 0, column).splice(column);
    else if (letter === "K" && (parameter === "" || parameter === "0")) cells.splice(column);
  }
  return cells.join("").trimEnd();
}
