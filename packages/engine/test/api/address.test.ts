import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { defaultSocket, formatCoordinator, parseCoordinator, parseSocket } from "../../src/api/address.ts";

describe("the socket of this user's coordinator", () => {
  it.each([
    [{ XDG_RUNTIME_DIR: "/run/user/7", XDG_STATE_HOME: "/s" }, "/run/user/7/roadrunner/coordinator.sock"],
    [{ XDG_STATE_HOME: "/s" }, "/s/roadrunner/coordinator.sock"],
    [{ XDG_RUNTIME_DIR: "relative" }, join(homedir(), ".local/state/roadrunner/coordinator.sock")],
  ])("with %j", (env, path) => {
    expect(defaultSocket(env)).toBe(path);
  });
});

describe("the address of a coordinator", () => {
  it.each(["unix:/run/rr.sock", "/run/rr.sock"])("is the path of a socket: %s", (text) => {
    expect(parseSocket(text)).toEqual({ ok: true, value: "/run/rr.sock" });
  });

  it.each([
    ["0.0.0.0:80", /^"0.0.0.0:80": a Unix socket is named by its absolute path, as in unix:\/run/],
    ["unix:rr.sock", /absolute path/],
    ["unix:", /absolute path/],
    ["/a\0b", /is not a path/],
    [`/${"ä".repeat(54)}`, /at most 107 bytes, and this one 109/],
  ])("is no other: %j", (text, why) => {
    expect(parseSocket(text)).toMatchObject({ ok: false, error: expect.stringMatching(why) as string });
  });
});

describe("where a coordinator is reached", () => {
  it.each([
    ["https://c.example.com", "https://c.example.com:4780"],
    ["HTTPS://C.Example.com./", "https://c.example.com:4780"],
    ["https://c.example.com:443", "https://c.example.com:443"],
    ["c.example.com:4780", "https://c.example.com:4780"],
    ["127.0.0.1:4781", "https://127.0.0.1:4781"],
    ["bücher.example:4780", "https://xn--bcher-kva.example:4780"],
    ["[::1]:4780", "https://[::1]:4780"],
    ["https://[0:0:0:0:0:0:0:1]", "https://[::1]:4780"],
    ["http://localhost", "http://localhost:4780"],
    ["http://127.0.0.2:80", "http://127.0.0.2:80"],
    ["http://[::1]:4780", "http://[::1]:4780"],
    ["unix:/run/c.sock", "unix:/run/c.sock"],
    ["/run/c.sock", "unix:/run/c.sock"],
  ])("%s is %s", (text, written) => {
    const read = parseCoordinator(text);
    expect(read.ok && formatCoordinator(read.value)).toBe(written);
    expect(parseCoordinator(written)).toEqual(read);
  });

  it.each([
    ["coordinator.sock", /host or a file\? .*https:\/\/coordinator\.sock:4780, .*unix:\/…/],
    ["http://c.example.com", /say https:\/\/c\.example\.com:4780$/],
    ["http://127.0.0.1.example.com", /for this box alone/],
    ["http://0.0.0.0:4780", /for this box alone/],
    ["https://c.example.com/api/v1", /has no path; .* as in https:\/\/c\.example\.com$/],
    ["https://c.example.com?run=last", /has no query/],
    ["https://c.example.com#a", /has no query/],
    ["https://ann:s3cr3t@c.example.com", /^nobody logs in [^:]* leave out what is before the @$/],
    ["https://", /^"https:\/\/" names no host; name a coordinator as in/],
    ["https://:4780", /names no host/],
    ["https://a b", /no name of a host/],
    ["https://c.example.com:0", /"0" is not a port/],
    ["c.example.com:", /"" is not a port/],
    ["c.example.com:99999", /is not a port \(1 to 65535\)/],
    ["::1", /in brackets, as in \[::1\]/],
    ["[fe80::1%eth0]:4780", /not an IPv6 address/],
    ["[1.2.3.4]:4780", /not an IPv6 address/],
    ["tcp://c.example.com:4780", /not reached by tcp; name it as in https/],
    ["", /no name of a host/],
    ["unix:c.sock", /absolute path/],
  ])("%j is refused", (text, why) => {
    expect(parseCoordinator(text)).toMatchObject({ ok: false, error: expect.stringMatching(why) as string });
  });
});
