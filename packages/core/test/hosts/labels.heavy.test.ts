import { expect, it } from "vitest";
import { HostLabels } from "../../src/hosts/expand/host-labels.ts";
import { unlabelledIn } from "../../src/hosts/expand/unlabelled.ts";
import { expandHosts } from "../../src/index.ts";

it("100,000 hosts in 5,000 racks: each rack costs its own hosts, and not all", { timeout: 60_000 }, () => {
  const of = (hosts: number): number => {
    const known = new Map(
      Array.from({ length: hosts }, (_, index) => [
        `n${index + 1}`,
        { labels: { rack: `r${index % (hosts / 20)}`, zone: "eu" } },
      ]),
    );
    const own = new HostLabels(known);
    // Two ranges, so that they are joined in a set each time that the group is evaluated.
    const all = new Map([["all", `n[1-${hosts / 2}],n[${hosts / 2 + 1}-${hosts}],x[1-${hosts}]`]]);
    const before = process.cpuUsage();
    let found = 0;
    for (let rack = 0; rack < hosts / 20; rack += 1) {
      const expanded = expandHosts(`@all{zone=eu,rack=r${rack}}`, { groups: all, labels: own });
      found += expanded.ok ? expanded.value.length : 0;
    }
    const racks = Array.from({ length: hosts / 20 }, (_, rack) => `@all{rack=r${rack}}`);
    const without = unlabelledIn(racks, { groups: all, labels: own });
    expect(Array.from(without, (one) => one.hosts.length)).toEqual([hosts]);
    const { user, system } = process.cpuUsage(before);
    expect(found).toBe(hosts);
    return (user + system) / 1000;
  };
  of(20_000);
  // By a look at all hosts for each rack these would be 500 million looks, of half a minute.
  expect(of(100_000), "ms of processor time").toBeLessThan(10_000);
});

it("100,000 hosts with a label of their own: what is wrong is told as soon", { timeout: 60_000 }, () => {
  const HOSTS = 100_000;
  const own = new HostLabels(
    new Map(
      Array.from({ length: HOSTS }, (_, index) => [
        `n${index + 1}`,
        { labels: { [`own-${index}`]: "x", rack: `r${index}` } },
      ]),
    ),
  );
  const groups = new Map([["all", `n[1-${HOSTS}]`]]);
  const before = process.cpuUsage();
  const told = Array.from({ length: 300 }, (_, index) => [
    expandHosts(`@all{none${index}=x}`, { groups, labels: own }),
    expandHosts(`@all{own-${index}=y}`, { groups, labels: own }),
    expandHosts(`@all{rack=R${index}}`, { groups, labels: own }),
    expandHosts(`@all{rack=s${index}}`, { groups, labels: own }),
  ]).flat();
  const { user, system } = process.cpuUsage(before);
  expect(told.every(({ ok }) => !ok)).toBe(true);
  expect((user + system) / 1000, "ms of processor time").toBeLessThan(10_000);
});
