import type { Host } from "../../hosts/host.ts";

export type Order = "declared" | "sorted" | "reversed" | "random";

/** @param random a number from 0 up to but not including 1, as Math.random gives. */
export function orderHosts(hosts: readonly Host[], order: Order, random: () => number): readonly Host[] {
  switch (order) {
    case "declared":
      return hosts;
    case "reversed":
      return hosts.toReversed();
    case "sorted":
      return sortByName(hosts);
    case "random":
      return shuffle(hosts, random);
  }
}

/** Fisher and Yates: each order is as likely as any other. */
function shuffle(hosts: readonly Host[], random: () => number): readonly Host[] {
  const shuffled = [...hosts];
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    const [a, b] = [shuffled[last], shuffled[other]];
    if (a === undefined || b === undefined) throw new Error(`bug: random() gave a number outside of [0, 1)`);
    shuffled[last] = b;
    shuffled[other] = a;
  }
  return shuffled;
}

/** By name, numbers in it by their value: db2 before db10; fewer leading zeros first. */
function sortByName(hosts: readonly Host[]): readonly Host[] {
  return hosts
    .map((host) => ({ host, parts: host.name.split(/(\d+)/) }))
    .sort((a, b) => compareParts(a.parts, b.parts) || compareTexts(a.host.name, b.host.name))
    .map(({ host }) => host);
}

/** The parts at odd positions are digits, those at even positions are none. */
function compareParts(a: readonly string[], b: readonly string[]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
    const [x, y] = [a[index] ?? "", b[index] ?? ""];
    const order = index % 2 === 0 ? compareTexts(x, y) : compareNumbers(x, y);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareNumbers(a: string, b: string): number {
  const [x, y] = [a.replace(/^0+(?=\d)/, ""), b.replace(/^0+(?=\d)/, "")];
  return x.length - y.length || compareTexts(x, y) || a.length - b.length;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
