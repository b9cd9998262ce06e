import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { defaultSocket, parseSocket } from "../../src/api/address.ts";

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
    ["0.0.0.0:80", /^"0.0.0.0:80": .*Unix socket alone, as in unix:\/run.*--allowed-signers/],
    ["http://box", /Unix socket alone/],
    ["unix:rr.sock", /absolute path/],
    ["unix:", /absolute path/],
    ["/a\0b", /is not a path/],
    [`/${"ä".repeat(54)}`, /at most 107 bytes, and this one 109/],
  ])("is no other: %j", (text, why) => {
    expect(parseSocket(text)).toMatchObject({ ok: false, error: expect.stringMatching(why) as string });
  });
});
