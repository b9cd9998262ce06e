/** A time of the wire, to the minute: `2026-11-29 21:37 UTC`. */
export function untilText(iso: string): string {
  return `${iso.slice(0, 16).replace("T", " ")} UTC`;
}
