import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Timers } from "../../../src/rollout/state/timers.ts";

describe("Timers", () => {
  it("give out what is due by time, equal times in order of adding, and never what was cancelled", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ at: fc.nat(20), cancel: fc.boolean() })), fc.nat(20), (added, now) => {
        const timers = new Timers<number>();
        const all = added.map(({ at }, index) => timers.add(at, index));
        for (const [index, { cancel }] of added.entries()) {
          const timer = all[index];
          if (timer !== undefined) timer.cancelled = cancel;
        }
        const standing = added.flatMap(({ at, cancel }, index) => (cancel ? [] : [{ at, index }]));
        standing.sort((a, b) => a.at - b.at || a.index - b.index);
        expect(timers.earliest()).toBe(standing[0]?.at);
        const due: number[] = [];
        for (let what = timers.takeDue(now); what !== undefined; what = timers.takeDue(now)) due.push(what);
        expect(due).toEqual(standing.filter(({ at }) => at <= now).map(({ index }) => index));
        expect(timers.earliest()).toBe(standing.find(({ at }) => at > now)?.at);
      }),
    );
  });
});
