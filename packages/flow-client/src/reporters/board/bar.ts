import { FAILURES } from "@roadrunner/core";
import { paint, type Ink, type Style } from "../text/style.ts";
import type { JobStanding } from "@roadrunner/engine/story";

type Part = "ok" | "failed" | "other" | "running" | "waiting";

/** Left to right. Each has a shape of its own, so that the bar reads without colours. */
const PARTS: readonly {
  readonly part: Part;
  readonly shape: readonly [string, string];
  readonly ink: Ink;
}[] = [
  { part: "ok", shape: ["█", "#"], ink: "good" },
  { part: "failed", shape: ["×", "x"], ink: "bad" },
  { part: "other", shape: ["-", "-"], ink: "warn" },
  { part: "running", shape: ["▒", "="], ink: "busy" },
  { part: "waiting", shape: ["·", "."], ink: "faint" },
];

/** A job's hosts as a bar of `width` cells: ok, failed, skipped or cancelled, running, waiting. */
export function bar(job: JobStanding, width: number, style: Style): string {
  const cells = barCells(hostsOf(job), width);
  return PARTS.map(({ part, shape, ink }) =>
    paint(style, ink, (style.unicode ? shape[0] : shape[1]).repeat(cells[part])),
  ).join("");
}

export function hostsOf(job: JobStanding): Record<Part, number> {
  const { counts } = job;
  const failed = FAILURES.reduce((sum, outcome) => sum + counts[outcome], 0);
  const other = counts.skipped + counts.cancelled;
  const running = job.running.size;
  const waiting = Math.max(0, job.hosts - counts.ok - failed - other - running);
  return { ok: counts.ok, failed, other, running, waiting };
}

/**
 * Shares `width` cells out by largest remainder. A part that is not empty has at least one cell as long as
 * there are five: one failed host of 5,000 is seen. The cells are exactly `width`, none where all is empty.
 */
export function barCells(hosts: Readonly<Record<Part, number>>, width: number): Record<Part, number> {
  const cells: Record<Part, number> = { ok: 0, failed: 0, other: 0, running: 0, waiting: 0 };
  const total = PARTS.reduce((sum, { part }) => sum + hosts[part], 0);
  if (total === 0 || width < 1) return { ...cells, waiting: Math.max(0, width) };
  const shares = PARTS.map(({ part }) => ({ part, exact: (hosts[part] * width) / total }));
  for (const { part, exact } of shares) {
    const least = hosts[part] > 0 && width >= PARTS.length ? 1 : 0;
    cells[part] = Math.max(least, Math.floor(exact));
  }
  const used = (): number => PARTS.reduce((sum, { part }) => sum + cells[part], 0);
  const byNeed = shares.filter(({ part }) => hosts[part] > 0);
  while (used() < width) cells[mostOf(byNeed, ({ part, exact }) => exact - cells[part])] += 1;
  while (used() > width) cells[mostOf(byNeed, ({ part }) => cells[part])] -= 1;
  return cells;
}

function mostOf<T extends { readonly part: Part }>(items: readonly T[], measure: (item: T) => number): Part {
  let best: { readonly part: Part; readonly value: number } = { part: "ok", value: Number.NEGATIVE_INFINITY };
  for (const item of items) {
    const value = measure(item);
    if (value > best.value) best = { part: item.part, value };
  }
  return best.part;
}
