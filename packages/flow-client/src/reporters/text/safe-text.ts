/** What makes text harmless on a terminal is said in one place, core's; here is what the views need beside it. */
export { safeLine, safeText } from "@roadrunner/core/safe-text";

/** One line of at most `width` characters; what does not fit ends in an ellipsis. */
export function clip(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, Math.max(0, width - 1))}…`;
}
