/** Messages of the program itself go to stderr; stdout is for results. */
export function say(...lines: readonly string[]): void {
  process.stderr.write(`${lines.join("\n")}\n`);
}
