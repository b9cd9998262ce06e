import fc from "fast-check";
import { expect, test } from "vitest";
import { Places } from "../../../src/gearman/worker/places.ts";

test("who waits is served in the order of asking, and not after it stopped waiting", () => {
  const places = new Places(1);
  const granted: string[] = [];
  const claim = (name: string) => places.claim(() => granted.push(name));
  claim("a");
  claim("b");
  const stop = claim("c");
  claim("d");
  expect(granted).toEqual(["a"]);
  stop();
  places.release();
  places.release();
  expect(granted).toEqual(["a", "b", "d"]);
  expect(places.inUse).toBe(1);
});

test("a claim inside a grant waits its turn", () => {
  const places = new Places(2);
  const granted: string[] = [];
  places.claim(() => {
    granted.push("outer");
    places.claim(() => granted.push("inner"));
    places.claim(() => granted.push("too many"));
  });
  expect(granted).toEqual(["outer", "inner"]);
});

test("never more in use than there are, whatever the order; nobody waits beside a free place", () => {
  const steps = fc.array(fc.oneof(fc.constant("claim"), fc.constant("release"), fc.nat()), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), steps, (total, steps) => {
      const places = new Places(total);
      let held = 0;
      let waiting = 0;
      const stops: (() => void)[] = [];
      for (const step of steps) {
        if (step === "claim") {
          waiting += 1;
          let served = false;
          const stop = places.claim(() => {
            served = true;
            waiting -= 1;
            held += 1;
          });
          stops.push(() => {
            if (!served) waiting -= 1;
            served = true;
            stop();
          });
        } else if (step === "release") {
          if (held === 0) continue;
          held -= 1;
          places.release();
        } else stops[step % (stops.length || 1)]?.();
        expect(places.inUse).toBe(held);
        expect(held).toBeLessThanOrEqual(total);
        expect(waiting > 0 && held < total).toBe(false);
      }
    }),
  );
});

test("a place that nobody held is a bug, as is a worker without places", () => {
  expect(() => new Places(1).release()).toThrow("bug");
  expect(() => new Places(0)).toThrow("bug");
  expect(() => new Places(1.5)).toThrow("bug");
});
