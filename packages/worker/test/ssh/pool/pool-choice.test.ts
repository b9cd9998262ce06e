import fc from "fast-check";
import { expect, test } from "vitest";
import { chooseConnection, connectionsToOpen, sessionsAtOnce } from "../../../src/ssh/pool/pool-choice.ts";

const LIMITS = { sessions: 5, forwards: 100 };
const one = (sessions: number, forwards = 0, isSpoiled = false) => ({ sessions, forwards, isSpoiled });

test("the fullest with room", () => {
  expect(chooseConnection([one(1), one(4), one(5), one(2)], "session", LIMITS)).toEqual(one(4));
  expect(chooseConnection([one(5), one(7)], "session", LIMITS)).toBeUndefined();
  expect(chooseConnection([], "session", LIMITS)).toBeUndefined();
  expect(chooseConnection([one(4, 0, true), one(0)], "session", LIMITS)).toEqual(one(0));
});

test("each use has its own limit", () => {
  expect(chooseConnection([one(5, 99), one(0, 100)], "forward", LIMITS)).toEqual(one(5, 99));
  expect(chooseConnection([one(0, 100)], "session", LIMITS)).toEqual(one(0, 100));
});

test("never one without room, and one if there is room", () => {
  const occupied = fc.record({
    sessions: fc.nat({ max: 6 }),
    forwards: fc.nat({ max: 101 }),
    isSpoiled: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(occupied), fc.constantFrom("session", "forward"), (all, use) => {
      const fits = all.filter((one) => !one.isSpoiled && one[`${use}s`] < LIMITS[`${use}s`]);
      const chosen = chooseConnection(all, use, LIMITS);
      expect(chosen === undefined).toBe(fits.length === 0);
      if (chosen !== undefined)
        expect(Math.max(...fits.map((one) => one[`${use}s`]))).toBe(chosen[`${use}s`]);
    }),
  );
});

test.each([
  [{ waiting: 1, opening: 0, each: 5, maxOpening: 5 }, 1],
  [{ waiting: 5, opening: 0, each: 5, maxOpening: 5 }, 1],
  [{ waiting: 6, opening: 0, each: 5, maxOpening: 5 }, 2],
  [{ waiting: 6, opening: 1, each: 5, maxOpening: 5 }, 1],
  [{ waiting: 5, opening: 1, each: 5, maxOpening: 5 }, 0],
  [{ waiting: 1000, opening: 0, each: 5, maxOpening: 5 }, 5],
  [{ waiting: 1000, opening: 3, each: 1, maxOpening: 5 }, 2],
  [{ waiting: 0, opening: 4, each: 5, maxOpening: 5 }, 0],
])("%j: %i", (input, count) => {
  expect(connectionsToOpen(input)).toBe(count);
});

test("dropbear gets one session at a time", () => {
  expect(sessionsAtOnce("dropbear_2022.83", 5)).toBe(1);
  expect(sessionsAtOnce("OpenSSH_9.2p1 Debian-2+deb12u10", 5)).toBe(5);
});
