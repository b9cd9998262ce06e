import { afterEach, beforeEach } from "vitest";
import type { Gearmand } from "../support/gearmand.ts";
import { Attacker } from "./attacker.ts";
import { startTap, type Tap } from "./tap.ts";

/** Of the test that runs. */
export let attacker: Attacker;
/** Between an rr-submit and the job server. */
export let tap: Tap;

/** Called by a test file: each test has an attacker at that job server, and a tap before it. */
export function useAttacker(gearmand: () => Gearmand): void {
  beforeEach(async () => {
    attacker = await Attacker.connect(gearmand());
    tap = await startTap(gearmand().port);
  });
  afterEach(async () => {
    await attacker.close();
    await tap.close();
  });
}
