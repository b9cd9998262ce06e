import fc from "fast-check";
import { expect, test } from "vitest";
import { formatServer, parseServers } from "../../../src/gearman/connection/server-address.ts";

test.each([
  ["gearmand", [{ host: "gearmand", port: 4730 }]],
  ["gearmand:4731", [{ host: "gearmand", port: 4731 }]],
  [
    "a.example.org:1, 10.0.0.1:65535",
    [
      { host: "a.example.org", port: 1 },
      { host: "10.0.0.1", port: 65_535 },
    ],
  ],
  ["/run/gearman", [{ host: "/run/gearman", port: 0 }]],
  [
    "unix:/run/gear man:1,a",
    [
      { host: "/run/gear man:1", port: 0 },
      { host: "a", port: 4730 },
    ],
  ],
  ["[::1]", [{ host: "::1", port: 4730 }]],
  [
    "[fe80::1]:4731,b",
    [
      { host: "fe80::1", port: 4731 },
      { host: "b", port: 4730 },
    ],
  ],
])("%s", (text, servers) => {
  expect(parseServers(text)).toEqual({ ok: true, value: servers });
});

test.each([
  ["", 'a server is missing: expected "host:port" or "host:port,host:port"'],
  ["a:4730,", 'a server is missing: expected "host:port" or "host:port,host:port"'],
  ["a:", '"a:": "" is not a port (1 to 65535)'],
  ["a:0", '"a:0": "0" is not a port (1 to 65535)'],
  ["a:65536", '"a:65536": "65536" is not a port (1 to 65535)'],
  ["a:4730x", '"a:4730x": "4730x" is not a port (1 to 65535)'],
  ["a b", '"a b" is not a server: expected "host:port"'],
  ["-a", '"-a" is not a server: expected "host:port"'],
  ["http://a", '"http://a": expected "host:port"'],
  ["tcp://a:4730", '"tcp://a:4730": leave out "tcp://", as in "a:4730"'],
  [
    "TLS://a:4730",
    '"TLS://a:4730": TLS is not spoken here: put a tunnel in front (stunnel, WireGuard, ssh -L) and name its end on this box, as in 127.0.0.1:4730',
  ],
  ["unix:gearman", '"unix:gearman": a Unix socket is named by its absolute path, as in "unix:/run/gearman"'],
  ["unix:/a,unix:/a", "the server /a is listed twice"],
  ["/a,unix:/a", "the server /a is listed twice"],
  [`/${"x".repeat(107)}`, `"/${"x".repeat(107)}": the path of a Unix socket has at most 107 bytes`],
  ["::1", '"::1": put an IPv6 address in brackets, as in "[::1]:4730"'],
  ["[::g]:1", '"[::g]:1": "::g" is not an IPv6 address'],
  ["[::1]x", '"[::1]x" is not a server: expected "host:port"'],
  ["a,b:4730,a:4730", "the server a:4730 is listed twice"],
])("%j is refused", (text, reason) => {
  expect(parseServers(text)).toEqual({ ok: false, error: reason });
});

test("what is formatted is read back", () => {
  const host = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6());
  fc.assert(
    fc.property(host, fc.integer({ min: 1, max: 65_535 }), (host, port) => {
      expect(parseServers(formatServer({ host, port }))).toEqual({ ok: true, value: [{ host, port }] });
    }),
  );
});

test("a Unix socket is shown as its path", () => {
  const socket = { host: "/tmp/gearman", port: 0 };
  expect(formatServer(socket)).toBe("/tmp/gearman");
  expect(parseServers(formatServer(socket))).toEqual({ ok: true, value: [socket] });
});
