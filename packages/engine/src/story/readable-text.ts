import type { RunEvent } from "@roadrunner/core";

type TaskEnded = Extract<RunEvent, { type: "task.ended" }>;

/** A stream of an event as text; bytes that are not UTF-8 become U+FFFD. It is not yet harmless. */
export function readableText(text: string | undefined, encoding: "base64" | undefined): string {
  if (text === undefined) return "";
  return encoding === "base64" ? Buffer.from(text, "base64").toString("utf8") : text;
}

/** One stream of an end, as far as it was kept. */
export interface KeptStream {
  readonly text: string;
  readonly omittedBytes: number;
  /** Characters of the text before what was left out. */
  readonly gapAt: number;
}

export function keptStream(event: TaskEnded, stream: "stdout" | "stderr"): KeptStream {
  const encoding = event.encoding?.[stream];
  const text = readableText(event[stream], encoding);
  const omittedBytes = event.omittedBytes?.[stream] ?? 0;
  if (omittedBytes === 0) return { text, omittedBytes, gapAt: text.length };
  const bytes = Buffer.from(event[stream] ?? "", encoding ?? "utf8");
  // Who does not tell where cut out of the middle.
  const before = event.omittedAfter?.[stream] ?? Math.floor(bytes.length / 2);
  return { text, omittedBytes, gapAt: bytes.subarray(0, before).toString("utf8").length };
}

export function stdoutOf(event: TaskEnded): string {
  return readableText(event.stdout, event.encoding?.stdout);
}

export function stderrOf(event: TaskEnded): string {
  return readableText(event.stderr, event.encoding?.stderr);
}
