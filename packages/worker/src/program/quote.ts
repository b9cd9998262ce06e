/** One word of a POSIX shell: nothing inside single quotes is special but the quote itself. */
export function quote(text: string): string {
  return /^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
