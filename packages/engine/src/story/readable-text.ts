import type { RunEvent } from "@roadrunner/core";

type TaskEnded = Extract<RunEvent, { type: "task.ended" }>;

/** A stream of an event as text; bytes that are not UTF-8 become U+FFFD. It is not yet harmless. */
export function readableText(text: string | undefined, encoding: "base64" | undefined): string {
  if (text === undefined) return "";
  return encoding === "base64" ? Buffer.from(text, "base64").toString("utf8") : text;
}

export function stdoutOf(event: TaskEnded): string {
  return readableText(event.stdout, event.encoding?.stdout);
}

export function stderrOf(event: TaskEnded): string {
  return readableText(event.stderr, event.encoding?.stderr);
}
