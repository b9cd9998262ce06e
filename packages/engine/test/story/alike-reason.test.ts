import { describe, expect, it } from "vitest";
import { alikeReason, reasonBeside } from "../../src/story/alike-reason.ts";

describe("reasons of hosts that differ in their names and addresses alone", () => {
  it.each([
    ["db1", "db1: no route to 10.0.0.1:22: the host is down", "no route to ADDRESS:22: the host is down"],
    ["db1", "db1: connection to db1 port 22 refused", "connection to HOST port 22 refused"],
    [
      "db1",
      "db10 and db1.example.com are others than db1.",
      "db10 and db1.example.com are others than HOST.",
    ],
    [
      "fe80",
      "no answer from [2001:db8::1]:22, nor from fe80::1",
      "no answer from ADDRESS:22, nor from ADDRESS",
    ],
    ["a.b", "a.b: axb is not a.b", "axb is not HOST"],
    ["db1", "db1: the key ssh-ed25519 SHA256:aB+/= is not known", "the key ssh-ed25519 KEY is not known"],
    ["db1", "exit code 1", "exit code 1"],
    ["code", "code: exit code 1", "exit code 1"],
    ["10.0.0.9", "10.0.0.9: no route to 10.0.0.9:22", "no route to ADDRESS:22"],
    ["db1", "version 1.2.3 at 09:16:12, see 1.2.3.4.5", "version 1.2.3 at 09:16:12, see 1.2.3.4.5"],
  ])("%s: %s", (host, reason, alike) => {
    expect(alikeReason(host, reason)).toBe(alike);
  });

  it("takes any name as a text", () => {
    expect(alikeReason("db[1](", "db[1](: no route to db[1](")).toBe("no route to HOST");
  });

  it("names a host once beside its name", () => {
    expect(reasonBeside("db1", "db1: no route")).toBe("no route");
    expect(reasonBeside("db1", "db10: no route")).toBe("db10: no route");
  });
});
