import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Unheard } from "../../src/traffic/unheard.ts";
import { SilentWorkers } from "../../src/watch/silent-workers.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** One task that a worker has had from the start. */
function heldTask(passesOn: () => boolean | undefined) {
  const seen = { lost: 0, probes: 0, waits: true };
  const unheard = new Unheard({ connectTimeoutMs: 10_000, lostTimeoutMs: 60_000 });
  unheard.sentAs({
    abandon: () => {
      seen.lost += 1;
      seen.waits = false;
    },
    askHandedOut: (heard) => heard(true),
  });
  const watch = new SilentWorkers({
    traffic: { silencesOf: () => (seen.waits ? [unheard] : []) },
    probe: {
      passesOn: async () => {
        seen.probes += 1;
        return passesOn();
      },
    },
  });
  return { seen, watch };
}

it("gives up a task of which a worker says nothing for too long, where it would be heard", async () => {
  const { seen, watch } = heldTask(() => true);
  await vi.advanceTimersByTimeAsync(40_000);
  expect(seen).toMatchObject({ lost: 0, probes: 0 });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(seen).toMatchObject({ lost: 1, probes: 1 });
  watch.stop();
});

it.each([false, undefined])("gives up none where it is not known to be heard: %s", async (passesOn) => {
  const { seen, watch } = heldTask(() => passesOn);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(seen.lost).toBe(0);
  watch.stop();
});

it("gives up none that says its word while the job server is tried", async () => {
  const { seen, watch } = heldTask(() => {
    seen.waits = false;
    return true;
  });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(seen).toMatchObject({ lost: 0, probes: 1 });
  watch.stop();
});
