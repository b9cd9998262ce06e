import { expect, test } from "vitest";
import { orderHosts } from "../../../src/flow/plan/order-hosts.ts";

test("every random order is as likely as any other", () => {
  let state = 1;
  // Park and Miller's generator: the same draw each time.
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const hosts = [{ name: "a" }, { name: "b" }, { name: "c" }];
  const seen = new Map<string, number>();
  for (let run = 0; run < 6000; run += 1) {
    const order = orderHosts(hosts, "random", random).map(({ name }) => name);
    seen.set(order.join(""), (seen.get(order.join("")) ?? 0) + 1);
  }
  expect([...seen.keys()].toSorted((a, b) => a.localeCompare(b))).toEqual([
    "abc",
    "acb",
    "bac",
    "bca",
    "cab",
    "cba",
  ]);
  for (const count of seen.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
});

test("a number outside of its range is a bug, not a lost host", () => {
  expect(() => orderHosts([{ name: "a" }, { name: "b" }], "random", () => 1)).toThrow("bug");
});
