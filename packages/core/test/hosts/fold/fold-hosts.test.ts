import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expandHosts, foldHosts, formatHost } from "../../../src/index.ts";
import { hostList, hostName } from "../arbitraries.ts";
import { hostsOf } from "../hosts.ts";

const expand = (expression: string): readonly string[] => hostsOf(expandHosts(expression));

describe("folding", () => {
  it.each([
    ["a list with a gap", "fe[1-7,9-100]", expand("fe[1-100]!fe8")],
    ["padded and unpadded numbers apart", "db[9,09-11,099-100]", expand("db[09-11,9,100,099]")],
    ["no run from a padded number to a longer one", "db[99,099,1000]", ["db1000", "db099", "db99"]],
    [
      "numbers beyond 64 bits",
      "n[18446744073709551615-18446744073709551616]",
      expand("n[18446744073709551615-18446744073709551616]"),
    ],
    [
      "short and long numbers together",
      "n[1-2,9999999999999999-10000000000000000]",
      expand("n[10000000000000000,2,9999999999999999,1]"),
    ],
    [
      "three dimensions",
      "r[1-2]s[1-3]n[01-04].dc1.example.com",
      expand("r[2,1]s[1-3]n[01-04].dc1.example.com"),
    ],
    ["what is left beside a product", "r1n[1-3],r2n[1-2]", expand("r[1-2]n[1-2],r1n3")],
    ["hosts in natural order", "db2,db10a,db10b,fe1", ["fe1", "db10b", "db2", "db10a"]],
    ["IPv4", "10.0.[0-1].[1-254]", expand("10.0.[0-1].[1-254]")],
    ["IPv6 with zones", "fe80::1%eth[0-1]", expand("fe80::1%eth[1,0]")],
    ["IPv6 beginning with a number", "[1-2]::1", expand("[1-2]::1")],
    ["IPv6 with ports", "[2001:db8::[1-2]]:22", expand("[2001:db8::[1-2]]:22")],
    ["neither users nor ports", "a1@db[1-2]:22,a2@db[3-4]:23", expand("a1@db[1-2]:22,a2@db[3-4]:23")],
    ["one host", "db1", ["db1"]],
    ["a host that is given twice once", "db[1-2],x", ["db1", "x", "db2", "db1", "x"]],
    ["nothing", "", []],
    [
      "no name that is longer than names are",
      `${"n".repeat(260)}1,${"n".repeat(260)}2`,
      [`${"n".repeat(260)}1`, `${"n".repeat(260)}2`],
    ],
    ["no number of too many digits", `n1,n${"1".repeat(260)}`, ["n1", `n${"1".repeat(260)}`]],
    ["no run from padded numbers to a longer one, either", "n[09-99,100]", expand("n[100,09-99]")],
    ["no users, even of one host", "a1@db1,a2@db1", ["a2@db1", "a1@db1"]],
    ["a user's and a port's numbers as text", "a1@db[1-2],a1@db3:22", ["a1@db1", "a1@db3:22", "a1@db2"]],
  ])("of %s", (_, folded, names) => {
    expect(foldHosts(names)).toBe(folded);
  });

  it("and expanding gives the same hosts, in any order of them", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(hostName, { maxLength: 60, minLength: 1 }),
        fc.infiniteStream(fc.nat()),
        (names, random) => {
          const folded = foldHosts(names);
          expect(expand(folded).toSorted()).toEqual(names.toSorted());
          const shuffled = names.map((name) => ({ name, at: random.next().value as number }));
          shuffled.sort((a, b) => a.at - b.at);
          expect(foldHosts(shuffled.map(({ name }) => name))).toBe(folded);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("and expanding gives the same users and ports", () => {
    fc.assert(
      fc.property(hostList, (hosts) => {
        const expanded = expandHosts(foldHosts(hosts.map(formatHost)), { allowEmpty: true });
        const texts = hosts.length === 0 ? [] : hostsOf(expanded);
        expect(texts.toSorted()).toEqual(hosts.map(formatHost).toSorted());
      }),
      { numRuns: 2000 },
    );
  });

  it("never writes more text than the names take", () => {
    fc.assert(
      fc.property(fc.uniqueArray(hostName, { minLength: 1 }), (names) => {
        // Brackets add two characters where the names around them are shorter still: a1,a3 is a[1,3].
        expect(foldHosts(names).length).toBeLessThanOrEqual(names.join(",").length + 2 * names.length);
      }),
    );
  });
});
