import fc from "fast-check";
import { expect, test } from "vitest";
import {
  advanceGrab,
  initialGrabState,
  type GrabAction,
  type GrabEvent,
} from "../../../src/gearman/worker/grab-loop.ts";

/** The actions of each event in turn. */
function play(...events: GrabEvent[]): string[] {
  let state = initialGrabState;
  return events.map((event) => {
    const step = advanceGrab(state, event);
    state = step.state;
    return step.actions.join(" ");
  });
}

test("reserves a place, grabs, and grabs again as soon as a job was assigned", () => {
  expect(play("up", "placeGranted", "jobAssigned", "placeGranted")).toEqual([
    "claimPlace",
    "grab",
    "claimPlace",
    "grab",
  ]);
});

test("sleeps only as the answer to NO_JOB, and is woken by NOOP", () => {
  expect(play("up", "placeGranted", "noJob", "noop", "placeGranted")).toEqual([
    "claimPlace",
    "grab",
    "preSleep returnPlace",
    "claimPlace",
    "grab",
  ]);
});

test("a NOOP without a free place is kept until there is one", () => {
  const events: GrabEvent[] = ["up", "placeGranted", "noJob", "noop", "noop", "placeGranted"];
  expect(play(...events).slice(3)).toEqual(["claimPlace", "", "grab"]);
});

test("a poke grabs only where the link sleeps", () => {
  expect(play("up", "poke", "placeGranted", "poke", "noJob", "poke", "poke")).toEqual([
    "claimPlace",
    "",
    "grab",
    "",
    "preSleep returnPlace",
    "claimPlace",
    "",
  ]);
});

test("paused: a grab under way is answered, nothing more is asked, and it does not sleep", () => {
  expect(play("up", "placeGranted", "pause", "noJob", "noop", "poke")).toEqual([
    "claimPlace",
    "grab",
    "",
    "returnPlace",
    "",
    "",
  ]);
});

test.each([
  ["while waiting", ["up", "pause"] as const],
  ["while asleep", ["up", "placeGranted", "noJob", "pause"] as const],
  ["while asleep, and woken", ["up", "placeGranted", "noJob", "pause", "noop"] as const],
  ["with a job", ["up", "placeGranted", "pause", "jobAssigned"] as const],
  ["while down", ["pause", "up"] as const],
])("paused %s, it resumes with a grab", (_, events) => {
  expect(play(...events, "resume", "placeGranted").slice(-2)).toEqual(["claimPlace", "grab"]);
});

test("a lost connection gives back what was reserved", () => {
  expect(play("up", "down").at(-1)).toBe("dropClaim");
  expect(play("up", "placeGranted", "down").at(-1)).toBe("returnPlace");
  expect(play("up", "placeGranted", "noJob", "down").at(-1)).toBe("");
});

/** What server and semaphore can do at each moment, and what must then hold. */
test("in any order of events: one grab at a time, no place lost, never deaf", () => {
  const events = fc.constantFrom<GrabEvent>(
    ...(["up", "down", "placeGranted", "jobAssigned", "noJob", "noop", "poke", "pause", "resume"] as const),
  );
  fc.assert(
    fc.property(fc.array(events, { maxLength: 100 }), (events) => {
      let state = initialGrabState;
      let [up, claiming, reserved, grabsOut, asleepAtServer, running] = [false, false, 0, 0, false, 0];
      for (const event of events) {
        const possible =
          event === "up"
            ? !up
            : event === "down"
              ? up
              : event === "placeGranted"
                ? claiming
                : event === "jobAssigned" || event === "noJob"
                  ? grabsOut > 0
                  : event === "noop"
                    ? asleepAtServer
                    : true;
        if (!possible) continue;
        if (event === "up") up = true;
        if (event === "down") [up, grabsOut, asleepAtServer] = [false, 0, false];
        if (event === "placeGranted") [claiming, reserved] = [false, reserved + 1];
        if (event === "jobAssigned")
          [grabsOut, reserved, running] = [grabsOut - 1, reserved - 1, running + 1];
        if (event === "noJob") grabsOut -= 1;
        if (event === "noop") asleepAtServer = false;
        const step = advanceGrab(state, event);
        state = step.state;
        for (const action of step.actions) {
          const effects: Record<GrabAction, () => void> = {
            claimPlace: () => {
              expect(claiming).toBe(false);
              claiming = true;
            },
            dropClaim: () => (claiming = false),
            returnPlace: () => (reserved -= 1),
            grab: () => {
              expect(up && reserved === 1).toBe(true);
              [grabsOut, asleepAtServer] = [grabsOut + 1, false];
            },
            preSleep: () => {
              expect(event).toBe("noJob");
              asleepAtServer = true;
            },
          };
          effects[action]();
        }
        expect(grabsOut).toBeLessThanOrEqual(1);
        expect(reserved).toBe(grabsOut);
        // Up and not paused: it has asked for a place, or for a job, or the server is bound to wake it.
        const deaf = up && !state.paused && !claiming && grabsOut === 0 && !asleepAtServer;
        expect(deaf).toBe(false);
        expect(claiming && (!up || state.paused)).toBe(false);
      }
      expect(running).toBeGreaterThanOrEqual(0);
    }),
  );
});
