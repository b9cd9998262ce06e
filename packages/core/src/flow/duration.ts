import type { Result } from "../errors.ts";
import { fail, succeed } from "../errors.ts";
import { quote } from "./source/visible.ts";

const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;

/** Largest unit first, each at most once: `1h30m`, `90s`, `500ms`. */
export const DURATION_PATTERN = /^(?=\d)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** The longest time that a timer of Node can wait is 24.8 days. */
export const MAX_DURATION_MS = 20 * UNITS.d;

/** A duration as the flow writes it, in milliseconds; the number 0 needs no unit. */
export function parseDuration(written: unknown): Result<number, string> {
  if (written === 0) return succeed(0);
  if (typeof written === "number") {
    return fail(
      written < 0 ? `cannot be negative (${written})` : `${written} of what? write "${written}s" for seconds`,
    );
  }
  if (typeof written !== "string") {
    return fail(`must be a duration such as "90s", "5m" or "1h30m", not ${quote(written)}`);
  }
  const parts = DURATION_PATTERN.exec(written);
  if (parts === null) return fail(explainText(written));
  const total = Object.values(UNITS).reduce(
    (sum, unitMs, index) => sum + Number(parts[index + 1] ?? 0) * unitMs,
    0,
  );
  return total > MAX_DURATION_MS ? fail(`${quote(written)} is more than 20 days`) : succeed(total);
}

function explainText(written: string): string {
  if (written.length > 40) return `${quote(written)} is no duration such as "90s", "5m" or "1h30m"`;
  if (written.startsWith("-")) return `cannot be negative (${quote(written)})`;
  if (/^\d+$/.test(written)) return `${quote(written)} has no unit: write "${written}s" for seconds`;
  if (/^\d*\.\d+[a-z]+$/i.test(written)) {
    return `${quote(written)} has a fraction: write whole numbers, such as "1h30m" for "1.5h"`;
  }
  if (/^\s*(?:\d+\s*(?:ms|d|h|m|s)\s*)+$/i.test(written)) {
    return `${quote(written)} is not written as a duration: largest unit first, each once, in small letters, no blanks, such as "1h30m"`;
  }
  return `must be a duration such as "90s", "5m" or "1h30m" (units d, h, m, s, ms), not ${quote(written)}`;
}
