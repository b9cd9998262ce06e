import type { ParsedKey } from "ssh2";
import { expect, test } from "vitest";
import { orderIdentities, type IdentityInput } from "../../../src/ssh/login/identities.ts";
import type { KeyFile } from "../../../src/ssh/login/key-files.ts";
import { fingerprintOf } from "@roadrunner/core/signing";
import type { AgentKey } from "../../../src/ssh/login/ssh-agent.ts";

const privateKey = {} as ParsedKey;
/** As public keys begin: with their type. */
const blob = (name: string) => Buffer.concat([Buffer.from("\0\0\0\x0bssh-ed25519"), Buffer.from(name)]);

function file(path: string, more: Partial<KeyFile> = {}): KeyFile {
  return { path, missing: false, privateKey, publicBlob: blob(path), ...more };
}

function agentKey(name: string): AgentKey {
  return { comment: name, publicBlob: blob(name), signer: {} as never };
}

function order(input: Partial<IdentityInput>): string[] {
  const { usable } = orderIdentities({
    files: [],
    filesAreNamed: true,
    ownFiles: [],
    agent: { keys: [], unusable: [] },
    onlyNamed: false,
    ...input,
  });
  return usable.map(({ label }) => label.replace(/ \(SHA256:.*\)/, ""));
}

test("named files first, then the agent's others; a file's key in the agent is signed with there", () => {
  const agent = { keys: ["x", "/b", "y"].map(agentKey), unusable: [] };
  expect(order({ files: [file("/a"), file("/b")], agent })).toEqual([
    "/a",
    "/b (in the agent)",
    "agent key x",
    "agent key y",
  ]);
  expect(order({ files: [file("/a"), file("/b")], agent, onlyNamed: true })).toEqual([
    "/a",
    "/b (in the agent)",
  ]);
});

test("ssh's usual files come after the agent's keys, and are not missed", () => {
  const missing: KeyFile = { path: "/c", missing: true, unusable: "no such file" };
  const input: IdentityInput = {
    files: [file("/a"), missing],
    filesAreNamed: false,
    ownFiles: [],
    agent: { keys: [agentKey("x")], unusable: ["agent key z: no"] },
    onlyNamed: false,
  };
  expect(order(input)).toEqual(["agent key x", "/a"]);
  expect(orderIdentities(input).unusable).toEqual(["agent key z: no"]);
  expect(orderIdentities({ ...input, filesAreNamed: true }).unusable).toEqual([
    "agent key z: no",
    "/c: no such file",
  ]);
});

test("an encrypted key counts where the agent has it", () => {
  const locked: KeyFile = { path: "/a", missing: false, publicBlob: blob("/a"), unusable: "is encrypted" };
  expect(order({ files: [locked] })).toEqual([]);
  expect(order({ files: [locked], agent: { keys: [agentKey("/a")], unusable: [] } })).toEqual([
    "/a (in the agent)",
  ]);
});

test("one that the worker's options name, and that cannot be used, is the worker's fault", () => {
  const missing: KeyFile = { path: "/a", missing: true, unusable: "no such file" };
  const locked: KeyFile = { path: "/b", missing: false, unusable: "is encrypted", lacksPassphrase: true };
  const input = { filesAreNamed: true, agent: { keys: [], unusable: [] }, onlyNamed: false };
  const ownFault = (files: readonly KeyFile[], ownFiles: readonly string[]) =>
    orderIdentities({ ...input, files, ownFiles }).ownFault;
  expect(ownFault([missing, file("/c")], ["/c"])).toBe(false);
  expect(ownFault([missing, file("/c")], ["/a", "/c"])).toBe(true);
  expect(ownFault([locked, file("/c")], [])).toBe(true);
});

test("the key that was used last goes first; each key once", () => {
  const files = [file("/a"), file("/b"), file("/copy", { publicBlob: blob("/a") })];
  expect(order({ files, lastUsed: fingerprintOf(blob("/b")) })).toEqual(["/b", "/a"]);
  expect(order({ files, lastUsed: "SHA256:gone" })).toEqual(["/a", "/b"]);
});
