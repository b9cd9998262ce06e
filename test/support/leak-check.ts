import { afterAll, expect } from "vitest";
import { leftovers } from "./at-exit.ts";

/**
 * Called once at the top of a test file, before any other hook: the file fails when a process or folder
 * that it made through test/support is still there at its end.
 */
export function failOnLeftovers(): void {
  afterAll(() => {
    expect(leftovers(), "processes and folders that were left behind").toEqual([]);
  });
}
