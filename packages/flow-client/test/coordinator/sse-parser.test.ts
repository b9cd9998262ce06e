import { expect, it } from "vitest";
import { SseParser } from "../../src/coordinator/sse-parser.ts";

const TEXT = ":\n\nid: 1\nevent: run\ndata: {}\n\nevent: output\r\ndata:a\r\ndata: b\r\n\r\nid: 2\n\n";
const EVENTS = [
  { id: "1", event: "run", data: "{}" },
  { event: "output", data: "a\nb" },
];

it("reads events, and leaves out comments and what has no data", () => {
  expect(new SseParser().push(TEXT)).toEqual(EVENTS);
});

it("reads them wherever the text is parted", () => {
  const parser = new SseParser();
  expect(TEXT.split("").flatMap((character) => parser.push(character))).toEqual(EVENTS);
});

it("gives an event that never ends up", () => {
  const parser = new SseParser();
  const piece = "x".repeat(64 * 1024 * 1024);
  const pushed = Array.from({ length: 5 }, () => parser.push(piece));
  expect(pushed).toEqual([[], [], [], [], undefined]);
});
