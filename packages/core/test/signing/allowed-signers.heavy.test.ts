import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllowedSigners, principalOf, readPublicKey, type SignedBy } from "@roadrunner/core/signing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFolder, sshKey } from "./keys.ts";

const folder = makeFolder();
afterAll(() => folder.remove());

let key: string;
let by: SignedBy;
const message = join(folder.path, "message");
beforeAll(() => {
  const made = sshKey(folder.path, "ed25519");
  key = made.publicLine.split(" ").slice(0, 2).join(" ");
  const read = readPublicKey(Buffer.from(made.publicLine.split(" ")[1] ?? "", "base64"));
  if (!read.ok) throw new Error(read.error);
  by = { key: read.value };
  writeFileSync(message, "text");
  const args = ["-q", "-Y", "sign", "-n", "roadrunner", "-f", made.path, message];
  execFileSync("ssh-keygen", args, { stdio: "ignore" });
});

/** 2026-11-24 09:16:12 UTC, as -O verify-time has it. */
const NOW = "20261124091612Z";
const NOW_MS = Date.UTC(2026, 10, 24, 9, 16, 12);

function opensshAllows(text: string, principal: string): boolean {
  const file = join(folder.path, "signers");
  writeFileSync(file, text);
  const args = ["-Y", "verify", "-f", file, "-I", principal, "-n", "roadrunner"];
  const input = readFileSync(message);
  return (
    spawnSync("ssh-keygen", [...args, "-s", `${message}.sig`, "-O", `verify-time=${NOW}`], { input })
      .status === 0
  );
}

function weAllow(text: string, principal: string): boolean {
  const signers = parseAllowedSigners(text);
  return signers.ok && principalOf(signers.value, by, "roadrunner", NOW_MS, principal).ok;
}

describe("the same lines, by ssh-keygen and by us, for alice@example.com", () => {
  it.each([
    "alice@example.com KEY",
    "alice@example.com KEY a comment",
    "  \talice@example.com\tKEY",
    "# a comment\n\nalice@example.com KEY",
    "alice@example.com KEY\r\n",
    "bob@example.com KEY",
    "*@example.com KEY",
    "?lice@example.com KEY",
    "al*@*.com KEY",
    "bob,alice@example.com KEY",
    '"bob,alice@example.com" KEY',
    "*@example.com,!alice@example.com KEY",
    "!alice@example.com,*@example.com KEY",
    "!bob@example.com,*@example.com KEY",
    "ALICE@example.com KEY",
    "alice@example.com. KEY",
    "alice@exampleXcom KEY",
    "alice@example.c[o]m KEY",
    'alice@example.com namespaces="roadrunner" KEY',
    'alice@example.com namespaces="git" KEY',
    'alice@example.com namespaces="git,roadrunner" KEY',
    'alice@example.com namespaces="road*" KEY',
    'alice@example.com namespaces="*,!roadrunner" KEY',
    'alice@example.com NameSpaces="roadrunner" KEY',
    'alice@example.com valid-after="20261124" KEY',
    'alice@example.com valid-after="20261125Z" KEY',
    'alice@example.com valid-after="202611240916Z" KEY',
    'alice@example.com valid-after="20261124091612Z" KEY',
    'alice@example.com valid-after="20261124091613Z" KEY',
    'alice@example.com valid-before="20261124091612Z" KEY',
    'alice@example.com valid-before="20261124091611Z" KEY',
    'alice@example.com valid-before="20261225" KEY',
    'alice@example.com valid-after="20261101Z",valid-before="20261201Z" KEY',
    'alice@example.com valid-after="20261101Z",valid-before="20261102Z" KEY',
    'alice@example.com namespaces="roadrunner",valid-before="20271201Z" KEY',
    'alice@example.com valid-before="20201201Z" KEY\nalice@example.com KEY',
    'bob@example.com KEY\nalice@example.com namespaces="roadrunner" KEY',
  ])("%s", (lines) => {
    const text = `${lines.replaceAll("KEY", key)}\n`;
    expect(weAllow(text, "alice@example.com")).toBe(opensshAllows(text, "alice@example.com"));
  });
});

describe("a file with a bad line", () => {
  it.each([
    ["alice", /line 1: it needs principals/],
    ["alice ssh-ed25519", /line 1: it has no key/],
    ["alice nonsense KEY", /line 1: .*"nonsense" is no option/],
    ['alice namespaces="roadrunner KEY', /line 1: a quote/],
    ["alice namespaces=roadrunner KEY", /line 1: its options are not readable/],
    ['alice namespaces="a",namespaces="b" KEY', /line 1: .*twice/],
    ['alice valid-after="20261131Z" KEY', /line 1: .*no time/],
    ['alice valid-after="tomorrow" KEY', /line 1: .*no time/],
    ['alice valid-after="20261125Z",valid-before="20261124Z" KEY', /line 1: valid-after is not before/],
    ['alice cert-authority="yes" KEY', /line 1: the option cert-authority takes no value/],
    ["alice no-touch-required KEY", /line 1: .*is for security keys \(sk-…\), and ssh-ed25519 is none/],
    ["alice verify-required KEY", /line 1: its option verify-required is for security keys/],
    [
      "alice ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29t",
      /is a certificate/,
    ],
    [
      "alice sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29t",
      /line 1: its key is damaged/,
    ],
    ["alice ssh-ed25519 !!!!", /line 1: its key is not base64/],
    ["alice ssh-ed25519 AAAA", /line 1: its key is cut off/],
    ["alice,,bob KEY", /line 1: its principals have an empty item/],
    ["alice ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIHqd", /line 1: its key .*/],
    ["# fine\n\nalice KEY\nbob", /line 4: /],
  ])("%s is refused with its number", (lines, why) => {
    const parsed = parseAllowedSigners(lines.replaceAll("KEY", key));
    expect(parsed).toEqual({ ok: false, error: [expect.stringMatching(why) as string] });
  });

  it("tells all of them at once", () => {
    const parsed = parseAllowedSigners(`alice\nbob ${key}\ncarol`);
    expect(parsed.ok ? [] : parsed.error.map((problem) => problem.slice(0, 6))).toEqual(["line 1", "line 3"]);
  });
});

describe("who a key belongs to", () => {
  const who = (text: string, claimed?: string) => {
    const signers = parseAllowedSigners(text.replaceAll("KEY", key));
    if (!signers.ok) throw new Error(signers.error.join("\n"));
    return principalOf(signers.value, by, "roadrunner", NOW_MS, claimed);
  };

  it("is the first name of its line, unless the signer says", () => {
    expect(who("*@x,alice,bob KEY")).toEqual({ ok: true, value: { name: "alice", line: 1 } });
    expect(who("*@x,alice,bob KEY", "bob")).toEqual({ ok: true, value: { name: "bob", line: 1 } });
    expect(who("*@x,alice KEY", "carol@x")).toEqual({ ok: true, value: { name: "carol@x", line: 1 } });
  });

  it.each([
    ["alice KEY", "mallory", /may not sign as "mallory" \(line 1\)/],
    ["*@x KEY", undefined, /pattern \*@x \(line 1\): name yourself/],
    ['alice namespaces="git" KEY', undefined, /namespace roadrunner \(line 1\)/],
    ['alice valid-before="20200101Z" KEY', undefined, /no longer valid since 2020-01-01/],
    ['alice valid-after="20300101Z" KEY', undefined, /not valid before 2030-01-01/],
  ])("%s, asked for by %s, is refused with the reason", (text, claimed, why) => {
    expect(who(text, claimed)).toEqual({ ok: false, error: expect.stringMatching(why) as string });
  });

  it("is nobody for a stranger's key", () => {
    expect(principalOf([], by, "roadrunner", NOW_MS)).toEqual({
      ok: false,
      error: "is not among the allowed signers",
    });
  });
});
