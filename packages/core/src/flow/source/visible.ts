import { safeColumns } from "../../safe-text.ts";

/** One printable character for each unsafe one, so that columns stay what they are. */
export const visible = safeColumns;

/** What was found, quoted for a message: at most 60 characters and no control characters. */
export function quote(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(visible(clip(value)));
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  return typeof value === "number" || typeof value === "boolean" || value === null ? `${value}` : "an object";
}

/** At most 60 characters. */
export function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
