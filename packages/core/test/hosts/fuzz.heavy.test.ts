import { isIPv4, isIPv6 } from "node:net";
import fc from "fast-check";
import { expect, it } from "vitest";
import { HostLabels } from "../../src/hosts/expand/host-labels.ts";
import { expandHosts, foldHosts } from "../../src/index.ts";
import { hostsOf } from "./hosts.ts";

const RUNS = 100_000;

// Pieces that make nearly valid input likely.
const PIECES = [
  Array.from("[[[]]],,,--!&^@:.%/ 0123459"),
  Array.from("n_*?{}()'\\\t\n\0é–\u202e\u{1f600}\ud800"),
  ["db", "fe1", "01", "099", "100", "99999999", "18446744073709551616", "n[1-3]", "[01-10/3]", "[7]"],
  ["-eth[0-1]", "@db", "@none", "@loop", "@g[1-2]", "@big", "@nosuch", "root@", ":22", ":65536"],
  ["::", "2001:db8::", "[::1]", "%eth0"],
  ["{rack=r1}", "{zone=eu,rack=r[1-2]}", "{rack=", "=r1", "zone=eu}", "{}", "{a,b}", "!="],
].flat();

const groups = new Map([
  ["db", "db[1-4]"],
  ["none", "db1!db1"],
  ["loop", "fe1,@loop"],
  ["g1", "@db!db2"],
  ["g2", "root@fe[1-2]:22"],
  ["big", "n[1-900]"],
]);

const labels = new HostLabels(
  new Map(
    ["db1", "db2", "db4", "fe1", "n7"].map((host, index) => [
      host,
      { labels: { rack: `r${index % 2}`, zone: "eu" } },
    ]),
  ),
);

const HOST_NAME = /^(?!-)(?!.*\.\.)[A-Za-z0-9_-][A-Za-z0-9_.-]{0,252}$/;

function isAddress(name: string): boolean {
  const [address = "", zone = "lo", ...more] = name.split("%");
  return isIPv6(address) && /^[\w.-]+$/.test(zone) && more.length === 0;
}

/** A small generator with a fixed seed, so that a failure comes again. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const EXPANDED = "expanded as it should be";

/** What is wrong with the answer to an expression; undefined: a problem as it should be. */
function complaint(expression: string): string | undefined {
  const expanded = expandHosts(expression, { groups, labels, maxHosts: 1000 });
  if (!expanded.ok) {
    const { column, length = 1, message } = expanded.error;
    const last = column + length - 1;
    if (message === "" || message.length > 500) return `the message ${message}`;
    return column >= 1 && length >= 1 && last <= Math.max(1, expression.length)
      ? undefined
      : `columns ${column} to ${last}`;
  }
  if (expanded.value.length === 0 || expanded.value.length > 1000) return `${expanded.value.length} hosts`;
  const names = expanded.value.map(({ name }) => name);
  if (new Set(names).size !== names.length) return "a name twice";
  const wrong = names.find((name) => !(name.includes(":") ? isAddress(name) : HOST_NAME.test(name)));
  if (wrong !== undefined) return `the name ${wrong}`;
  const again = hostsOf(expandHosts(foldHosts(names))).toSorted();
  return again.join() === names.toSorted().join() ? EXPANDED : `folded to ${foldHosts(names)}`;
}

it(
  `${RUNS} random strings give hosts or a problem with a column, in bounded time`,
  { timeout: 120_000 },
  () => {
    const random = randomNumbers(20_261_124);
    const complaints: string[] = [];
    let expanded = 0;
    const before = process.cpuUsage();
    for (let run = 0; run < RUNS; run += 1) {
      const pieces = Array.from({ length: 1 + random(9) }, () => PIECES[random(PIECES.length)] ?? "");
      const expression = pieces.join("");
      const wrong = complaint(expression);
      if (wrong === undefined) continue;
      if (wrong === EXPANDED) expanded += 1;
      else complaints.push(`${JSON.stringify(expression)}: ${wrong}`);
    }
    const { user, system } = process.cpuUsage(before);
    expect(complaints.slice(0, 10)).toEqual([]);
    // The input is near enough to valid that both answers are tried in earnest.
    expect(expanded).toBeGreaterThan(RUNS / 20);
    expect((user + system) / 1e6, "seconds of processor time").toBeLessThan(60);
  },
);

it("any string at all gives hosts or a problem", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 40 }), (expression) => {
      expect([undefined, EXPANDED]).toContain(complaint(expression));
    }),
    { numRuns: 5000 },
  );
});

it("takes for IPv6 what Node takes for IPv6", () => {
  const piece = fc.constantFrom(
    ":",
    ":",
    "::",
    "0",
    "1",
    "ff",
    "db8",
    "12345",
    "g",
    "1.2.3.4",
    "1.2.3.256",
    "01.2.3.4",
  );
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 17 }), (pieces) => {
      const address = pieces.join("");
      fc.pre(address.split(":").length > 2);
      expect(expandHosts(address).ok).toBe(isIPv6(address));
      expect(expandHosts(`[${address}]:22`).ok).toBe(isIPv6(address));
    }),
    { numRuns: 20_000 },
  );
});

it("takes for IPv6 what Node takes, near the full number of groups", () => {
  const group = fc.constantFrom("0", "1", "ffff");
  const groups = fc.array(group, { minLength: 0, maxLength: 8 });
  const tail = fc.constantFrom("", "", ":10.0.0.1", ":10.0.0.256");
  fc.assert(
    fc.property(groups, fc.constantFrom("::", ":"), groups, tail, (left, joint, right, ipv4) => {
      const address = left.join(":") + joint + right.join(":") + ipv4;
      fc.pre(address.split(":").length > 2);
      expect(expandHosts(address).ok).toBe(isIPv6(address));
    }),
    { numRuns: 5000 },
  );
});

it("takes for IPv4 what Node takes for IPv4, of names that look so", () => {
  const part = fc.constantFrom("0", "1", "9", "10", "00", "010", "255", "256", "999", "1000");
  fc.assert(
    fc.property(fc.array(part, { minLength: 4, maxLength: 4 }), (parts) => {
      const address = parts.join(".");
      expect(expandHosts(address).ok).toBe(isIPv4(address));
    }),
    { numRuns: 2000 },
  );
});
