import { expect, it } from "vitest";
import { wantsStream } from "../../../src/server/stream/wants-stream.ts";

it.each([
  [undefined, false],
  ["*/*", false],
  ["application/json", false],
  ["text/event-stream", true],
  ["Text/Event-Stream; charset=utf-8", true],
  ["text/event-stream, */*;q=0.1", true],
  ["text/event-stream;q=0.5, application/json", false],
  ["application/json;q=0.2, text/event-stream;q=0.3", true],
  ["text/event-stream;q=0", false],
  ["text/event-stream;q=odd", false],
  ["text/event-streams", false],
  ["text/html, application/xhtml+xml, */*;q=0.8", false],
])("accept: %s: a stream %s", (accept, isStream) => {
  expect(wantsStream(accept)).toBe(isStream);
});
