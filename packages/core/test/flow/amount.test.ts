import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseAmount, SHARE_PATTERN } from "../../src/flow/amount.ts";
import type { AmountUse } from "../../src/flow/amount.ts";
import { formatAmount } from "../../src/rollout/plan/amount.ts";

const share = (hundredths: number) => ({ ok: true, value: { kind: "share", hundredths } });
const count = (hosts: number) => ({ ok: true, value: { kind: "count", count: hosts } });

describe("parseAmount", () => {
  test.each<[unknown, AmountUse, unknown]>([
    ["80%", "success", share(8000)],
    ["33.33%", "success", share(3333)],
    ["0.5%", "parallelism", share(50)],
    ["0.05%", "parallelism", share(5)],
    ["29%", "success", share(2900)],
    ["100%", "success", share(10_000)],
    ["100.00%", "success", share(10_000)],
    ["0%", "success", share(0)],
    ["0%", "tolerate", share(0)],
    ["90%", "stepSuccess", share(9000)],
    [1, "success", count(1)],
    [250, "parallelism", count(250)],
    [0, "tolerate", count(0)],
  ])("%j for %s", (written, use, expected) => {
    expect(parseAmount(written, use)).toEqual(expected);
  });

  test.each<[unknown, AmountUse, string]>([
    ["120%", "success", '"120%" is over 100%'],
    ["100.01%", "success", '"100.01%" is over 100%'],
    ["1000%", "tolerate", '"1000%" is over 100%'],
    ["33.333%", "success", '"33.333%" has more than two decimals'],
    [0, "success", 'cannot be 0; for best effort write "0%"'],
    [0, "parallelism", "cannot be 0: no host would ever start; at least 1 host at once is needed"],
    ["0%", "parallelism", '"0%" would never start a host; at least 1 host at once is needed'],
    ["0.00%", "parallelism", '"0.00%" would never start a host; at least 1 host at once is needed'],
    [-3, "success", "cannot be negative (-3)"],
    ["-3%", "success", 'cannot be negative ("-3%")'],
    [0.8, "success", 'must be a whole number of hosts, not 0.8; a share is written "80%"'],
    [2.5, "parallelism", "must be a whole number of hosts, not 2.5"],
    [Infinity, "success", "must be a whole number of hosts, not Infinity"],
    ["80", "success", '"80" is neither a number nor a share: write 80 without quotes for hosts, or "80%"'],
    [5, "stepSuccess", `must be a share of the step's hosts such as "90%", not the number 5`],
    ["5", "stepSuccess", '"5" is no share: write "5%"'],
    ["80 %", "success", 'must be a share such as "80%" or "33.33%", or a whole number of hosts, not "80 %"'],
    [null, "success", 'must be a share such as "80%" or "33.33%", or a whole number of hosts, not null'],
  ])("%j for %s is refused", (written, use, message) => {
    expect(parseAmount(written, use)).toEqual({ ok: false, error: message });
  });

  test("reads every share that the rollout writes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000 }), (hundredths) => {
        expect(parseAmount(formatAmount({ kind: "share", hundredths }), "success")).toEqual(
          share(hundredths),
        );
      }),
    );
  });

  test("takes exactly the texts of the JSON Schema's pattern", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9.%]{0,7}$/), (text) => {
        expect(parseAmount(text, "success").ok).toBe(SHARE_PATTERN.test(text));
      }),
      { numRuns: 2000 },
    );
  });
});
