import { expect, test } from "vitest";
import { parseConfigLines } from "../../../src/ssh/config/config-lines.ts";
import { clientConfig } from "../../../src/ssh/openssh/client-config.ts";

test("the worker's options, then the operator's files, then our defaults, since the first value counts", () => {
  const text = clientConfig(
    {
      knownHostsFiles: ["/k 1", "/k%2"],
      identities: ['/id"x'],
      strictHostKeyChecking: "accept-new",
      sshConfigFiles: ["/etc/rr/*.conf"],
    },
    [],
    ["/unused"],
  );
  expect(text.split("\n")).toEqual([
    "BatchMode yes",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "StrictHostKeyChecking accept-new",
    'UserKnownHostsFile "/k 1" "/k%%2"',
    "GlobalKnownHostsFile /dev/null",
    String.raw`IdentityFile "/id\"x"`,
    String.raw`Include "/etc/rr/\*.conf"`,
    "Host *",
    "ServerAliveInterval 10",
    "ServerAliveCountMax 3",
    "StrictHostKeyChecking yes",
    "UpdateHostKeys no",
    "",
  ]);
});

test("ssh's usual files where none are named; it may ask where there is something to answer with", () => {
  const text = clientConfig({ passwordFile: "/p" }, [], ["/home/.ssh/config", "/etc/ssh/ssh_config"]);
  expect(text).toMatch(
    /^BatchMode no\nNumberOfPasswordPrompts 1\nInclude "\/home\/\.ssh\/config"\nInclude "\/etc/,
  );
});

test("directives that may be ignored, with those that the operator's files name", () => {
  const files = [parseConfigLines("/c", "IgnoreUnknown Use*,Foo\nHost a\n  IgnoreUnknown Bar\n")];
  expect(clientConfig({ ignoreDirectives: ["Baz"] }, files, [])).toMatch(
    /^IgnoreUnknown Baz,Use\*,Foo,Bar\n/,
  );
  expect(clientConfig({}, files, [])).not.toContain("IgnoreUnknown");
});
