import fc from "fast-check";
import type { Host } from "../../src/index.ts";

/** Digits as they stand in names: small and close together, padded, or beyond 64 bits. */
const digits = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 12 }).map(String) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 120 }).map((n) => String(n).padStart(3, "0")) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 11 }).map((n) => String(n).padStart(2, "0")) },
  { weight: 1, arbitrary: fc.constantFrom("0", "00", "9", "09", "99", "099", "100", "999", "1000") },
  {
    weight: 1,
    arbitrary: fc.bigInt({ min: 2n ** 64n - 3n, max: 2n ** 64n + 3n }).map(String),
  },
  { weight: 1, arbitrary: fc.constantFrom("999999999999999", "1000000000000000", "9999999999999999") },
);

const dnsName = fc
  .tuple(
    fc.constantFrom("n", "db", "DB", "web-", "_x.y"),
    fc.array(fc.tuple(digits, fc.constantFrom("", "-", "n", "_", ".x", "-eth", "a.b-")), {
      minLength: 0,
      maxLength: 3,
    }),
  )
  .map(([head, parts]) => head + parts.map(([number, text]) => number + (text === "" ? "" : text)).join(""));

const ipv4 = fc
  .tuple(fc.constantFrom(10, 192), fc.nat(2), fc.nat(12), fc.nat(255))
  .map((parts) => parts.join("."));

const ipv6 = fc.oneof(
  fc.ipV6(),
  fc.nat(30).map((n) => `2001:db8::${n}`),
  fc.tuple(fc.nat(3), fc.nat(9)).map(([zone, n]) => `fe80::a${n}%eth${zone}`),
);

/** Valid host names of all kinds, many of them close to one another. */
export const hostName = fc.oneof(
  { weight: 6, arbitrary: dnsName },
  { weight: 1, arbitrary: ipv4 },
  { weight: 1, arbitrary: ipv6 },
);

/** Hosts with users and ports, no name twice. */
export const hostList = fc.uniqueArray(
  fc.record(
    { name: hostName, user: fc.constantFrom("root", "deploy2", "a@b7.c"), port: fc.constantFrom(22, 2222) },
    { requiredKeys: ["name"] },
  ) as fc.Arbitrary<Host>,
  { selector: ({ name }) => name, maxLength: 60 },
);
