import { isMainThread } from "node:worker_threads";
import { beforeAll, describe, expect, it } from "vitest";
import { expandHosts, foldHosts } from "../../src/index.ts";

// Vitest runs each test file in a process of its own, so the peak of this process is that of these tests.
// Processor time, since the machine has other work: the promises for one at rest are 1 s and 300 MB.
const MEBIBYTE = 1024;
const peakMb = (): number => process.resourceUsage().maxRSS / MEBIBYTE;

/** Less than this is not measured well enough to be divided by. */
const LEAST_MS = 5;

/** The processor time of one call, in milliseconds, with its result. */
function timed<T>(action: () => T): { readonly ms: number; readonly value: T } {
  const before = process.cpuUsage();
  const value = action();
  const { user, system } = process.cpuUsage(before);
  return { ms: (user + system) / 1000, value };
}

function namesOf(expression: string): readonly string[] {
  const expanded = expandHosts(expression);
  if (!expanded.ok) throw new Error(expanded.error.message);
  return expanded.value.map(({ name }) => name);
}

describe("a million hosts", () => {
  beforeAll(() => {
    foldHosts(namesOf("n[1-20000]"));
  });

  it("expand and fold back within the time and memory that is promised", { timeout: 120_000 }, () => {
    expect(isMainThread, "tests run in a process of their own, not in a thread").toBe(true);
    const peakBefore = peakMb();
    const expanded = timed(() => namesOf("n[1-1000000]"));
    const folded = timed(() => foldHosts(expanded.value));
    const grown = peakMb() - peakBefore;
    expect(expanded.value).toHaveLength(1_000_000);
    expect([expanded.value[0], expanded.value.at(-1)]).toEqual(["n1", "n1000000"]);
    expect(folded.value).toBe("n[1-1000000]");
    expect(grown, "MB for both").toBeLessThan(300);
    expect(expanded.ms, "ms to expand").toBeLessThan(5000);
    expect(folded.ms, "ms to fold").toBeLessThan(5000);
  });

  it.each(["n[0000001-1000000].dc1.example.com", "r[1-1000]n[1-1000]-eth0", "10.[0-15].[0-249].[1-250]"])(
    "fold back from %s",
    { timeout: 120_000 },
    (expression) => {
      expect(foldHosts(namesOf(expression))).toBe(expression);
    },
  );

  it.each([
    ["one range", (n: number) => `n[1-${n}]`],
    ["two dimensions", (n: number) => `r[1-100]n[1-${n / 100}]`],
    ["a list of names", (n: number) => Array.from({ length: n }, (_, index) => `n${index * 2}x`).join(",")],
    ["many operands", (n: number) => `n1${"!n2,n3".repeat(n / 2)}`],
  ])("cost no more than in proportion: %s", { timeout: 120_000 }, (_, write) => {
    const run = (n: number): number => {
      const expression = write(n);
      return timed(() => foldHosts(namesOf(expression))).ms;
    };
    const small = Math.max(LEAST_MS, Math.min(run(10_000), run(10_000), run(10_000)));
    const large = run(200_000);
    // In proportion would be 20, quadratic 400.
    expect(large / small).toBeLessThan(150);
  });

  it("cost no more than in proportion when nothing folds", { timeout: 120_000 }, () => {
    const scattered = (n: number): readonly string[] =>
      Array.from({ length: n }, (_, index) => `r${(index * 7919) % n}-c${(index * 104_729) % n}-n${index}`);
    const run = (n: number): number => {
      const names = scattered(n);
      return timed(() => foldHosts(names)).ms;
    };
    const small = Math.max(LEAST_MS, Math.min(run(10_000), run(10_000), run(10_000)));
    expect(run(200_000) / small).toBeLessThan(150);
  });
});
