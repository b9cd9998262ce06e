import fc from "fast-check";
import { expect, it } from "vitest";
import { barCells } from "../../../src/reporters/board/bar.ts";

const some = fc.integer({ min: 0, max: 10_000 });

it("fills exactly the bar, and one failed host of ten thousand is seen", () => {
  fc.assert(
    fc.property(
      fc.record({ ok: some, failed: some, other: some, running: some, waiting: some }),
      fc.integer({ min: 0, max: 120 }),
      (hosts, width) => {
        const cells = barCells(hosts, width);
        expect(Object.values(cells).reduce((sum, count) => sum + count, 0)).toBe(width);
        for (const [part, count] of Object.entries(cells)) {
          const has = hosts[part as keyof typeof hosts] > 0;
          if (has && width >= 5) expect(count, part).toBeGreaterThan(0);
          const empty = Object.values(hosts).every((n) => n === 0);
          if (!has && !empty) expect(count, part).toBe(0);
        }
      },
    ),
  );
});
