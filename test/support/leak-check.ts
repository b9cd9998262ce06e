import { afterAll, expect } from "vitest";
import { leftoversSince, markNow, undoSince } from "./at-exit.ts";

/**
 * Called once at the top of a test file, before any other hook: the file fails when a process or folder
 * that it made through test/support is still there at its end. What it left is undone then, and told of
 * no other file: files share a process.
 */
export function failOnLeftovers(): void {
  const start = markNow();
  afterAll(() => {
    const left = leftoversSince(start);
    undoSince(start);
    expect(left, "processes and folders that were left behind").toEqual([]);
  });
}
