import { describe, expect, it } from "vitest";
import {
  doorsFault,
  joinedListens,
  parseListen,
  parseListens,
  parsePublicAddresses,
} from "../../src/doors/listen-address.ts";

describe("--listen", () => {
  it.each([
    ["unix:/run/c.sock", { kind: "socket", path: "/run/c.sock" }],
    ["/run/c.sock", { kind: "socket", path: "/run/c.sock" }],
    ["0.0.0.0:4780", { kind: "network", host: "0.0.0.0", port: 4780 }],
    ["[::1]:4780", { kind: "network", host: "::1", port: 4780 }],
    ["localhost:80", { kind: "network", host: "localhost", port: 80 }],
  ])("%s is read", (text, value) => {
    expect(parseListen(text)).toEqual({ ok: true, value });
  });

  it.each(["::1:4780", "box", "box:0", "https://box:4780", "unix:relative", ":4780", "a b:1"])(
    "%s is not",
    (text) => {
      expect(parseListen(text).ok).toBe(false);
    },
  );

  it("takes several, each once", () => {
    const [path, host] = [
      { kind: "socket", path: "/run/c.sock" },
      { kind: "network", host: "::1", port: 4780 },
    ] as const;
    const read = parseListens("/run/c.sock, [::1]:4780,unix:/run/c.sock");
    expect(read).toEqual({ ok: true, value: [path, host] });
    expect(joinedListens([[path], [host, path]])).toEqual([path, host]);
    for (const text of ["/run/c.sock,", "", "0.0.0.0:4780,box"]) expect(parseListens(text).ok).toBe(false);
  });

  const none = {
    listen: [],
    "tls-cert": undefined,
    "tls-key": undefined,
    "allowed-signers": undefined,
    "revoked-signers": undefined,
    roles: undefined,
    "public-address": undefined,
  };
  const at = (host: string) => [{ kind: "network", host, port: 4780 }] as const;
  const socket = [{ kind: "socket", path: "/s" }] as const;
  const tls = { "tls-cert": "/c", "tls-key": "/k" };
  const signers = { "allowed-signers": "/a" };

  it.each([
    [{ listen: at("0.0.0.0"), ...tls }, /needs --allowed-signers FILE/],
    [{ listen: at("127.0.0.1") }, /needs --allowed-signers FILE/],
    [{ listen: [...socket, ...at("::1")] }, /^--listen \[::1\]:4780 needs --allowed-signers FILE/],
    [
      { listen: [...at("::1"), ...socket, ...at("10.0.0.1")], ...signers },
      /^--listen 10\.0\.0\.1:4780 needs --tls-cert/,
    ],
    [{ listen: at("0.0.0.0"), ...signers }, /needs --tls-cert FILE and --tls-key FILE/],
    [{ listen: at("10.0.0.1"), ...signers, "tls-cert": "/c" }, /^--tls-cert needs --tls-key as well/],
    [{ listen: at("10.0.0.1"), ...signers, "tls-key": "/k" }, /^--tls-key needs --tls-cert as well/],
    [{ "tls-cert": "/c" }, /this one listens on a Unix socket/],
    [{ listen: socket, ...tls }, /this one listens on a Unix socket/],
    [{ "public-address": [{ host: "a", port: 1 }] }, /this one listens on a Unix socket/],
  ])("is refused with what does not go with it: %j", (options, why) => {
    expect(doorsFault({ ...none, ...options })).toMatch(why);
  });

  it.each([
    {},
    { listen: at("0.0.0.0"), ...signers, ...tls },
    { listen: at("127.0.0.1"), ...signers },
    { listen: [...socket, ...at("0.0.0.0"), ...at("::")], ...signers, ...tls },
    { listen: at("::1"), ...signers },
    { listen: at("localhost"), ...signers, "public-address": [{ host: "a", port: 1 }] },
  ])("is taken: %j", (options) => {
    expect(doorsFault({ ...none, ...options })).toBeUndefined();
  });

  it("has public addresses with their ports", () => {
    expect(parsePublicAddresses("rr.example.com:443, [fd00::1]:80")).toEqual({
      ok: true,
      value: [
        { host: "rr.example.com", port: 443 },
        { host: "fd00::1", port: 80 },
      ],
    });
    expect(parsePublicAddresses("rr.example.com")).toMatchObject({ ok: false });
    expect(parsePublicAddresses("rr.example.com:443,")).toMatchObject({ ok: false });
  });
});
