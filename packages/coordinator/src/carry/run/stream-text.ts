import type { RunEvent } from "@roadrunner/core";
import { STREAM_EVENTS } from "@roadrunner/engine/api";

/** An event as `text/event-stream` has it; JSON has no line breaks. */
export function recordedText(number: number, event: RunEvent): string {
  return `id: ${number}\nevent: ${STREAM_EVENTS.recorded}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** Live output has no number: whoever comes again later does not get it. */
export function outputText(event: RunEvent): string {
  return `event: ${STREAM_EVENTS.output}\ndata: ${JSON.stringify(event)}\n\n`;
}
