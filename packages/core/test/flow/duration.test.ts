import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DURATION_PATTERN, MAX_DURATION_MS, parseDuration } from "../../src/flow/duration.ts";
import { formatMs } from "../../src/rollout/duration-text.ts";

describe("parseDuration", () => {
  test.each([
    [0, 0],
    ["0s", 0],
    ["90s", 90_000],
    ["5m", 300_000],
    ["1h30m", 5_400_000],
    ["250ms", 250],
    ["1m500ms", 60_500],
    ["20d", MAX_DURATION_MS],
    ["1d2h3m4s5ms", 93_784_005],
  ])("%j is %d ms", (written, ms) => {
    expect(parseDuration(written)).toEqual({ ok: true, value: ms });
  });

  test.each([
    [90, '90 of what? write "90s" for seconds'],
    [-1, "cannot be negative (-1)"],
    ["90", '"90" has no unit: write "90s" for seconds'],
    ["-5s", 'cannot be negative ("-5s")'],
    ["1.5h", '"1.5h" has a fraction: write whole numbers, such as "1h30m" for "1.5h"'],
    ["20d1ms", '"20d1ms" is more than 20 days'],
    ["99999999999999999999d", '"99999999999999999999d" is more than 20 days'],
    ["", 'must be a duration such as "90s", "5m" or "1h30m" (units d, h, m, s, ms), not ""'],
    ["soon", 'must be a duration such as "90s", "5m" or "1h30m" (units d, h, m, s, ms), not "soon"'],
    [null, 'must be a duration such as "90s", "5m" or "1h30m", not null'],
    [true, 'must be a duration such as "90s", "5m" or "1h30m", not true'],
  ])("%j is refused", (written, message) => {
    expect(parseDuration(written)).toEqual({ ok: false, error: message });
  });

  test.each(["30m1h", "5M", "1h 30m", "1s1s", " 5m"])("%j is told how durations are written", (written) => {
    expect(parseDuration(written)).toMatchObject({
      ok: false,
      error: expect.stringContaining("largest unit first, each once, in small letters, no blanks"),
    });
  });

  test("reads what the rollout writes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: MAX_DURATION_MS }), (ms) => {
        expect(parseDuration(formatMs(ms))).toEqual({ ok: true, value: ms });
      }),
    );
  });

  test("the pattern of the JSON Schema takes every text that the parser takes", () => {
    const letters = fc.stringMatching(/^[0-9dhms]{0,8}$/);
    fc.assert(
      fc.property(letters, (text) => {
        const parsed = parseDuration(text);
        expect(DURATION_PATTERN.test(text)).toBe(parsed.ok || parsed.error.endsWith("is more than 20 days"));
      }),
      { numRuns: 2000 },
    );
  });

  test("a long text is refused", () => {
    expect(parseDuration("1 ".repeat(1_000_000)).ok).toBe(false);
  });
});
