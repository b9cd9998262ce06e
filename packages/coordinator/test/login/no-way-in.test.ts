import { describe, expect, it } from "vitest";
import type { AllowedSigner } from "@roadrunner/core/signing";
import { noWayIn } from "../../src/login/no-way-in.ts";
import type { RoleRule } from "../../src/login/roles.ts";

const NOW_MS = 1000;
const FILES = { allowedSigners: "signers", revokedSigners: undefined, roles: "roles.json" };

function signer(principals: string, rest: Partial<AllowedSigner> = {}): AllowedSigner {
  return { line: 1, principals, keyBlob: Buffer.of(1), ...rest };
}

function why(allowed: readonly AllowedSigner[], roles?: readonly RoleRule[]): string | undefined {
  return noWayIn({ allowed, revoked: undefined, roles }, FILES, NOW_MS);
}

describe("files of signers", () => {
  it("let nobody in without a line", () => {
    expect(why([])).toMatch(/^signers names no key; add a line/);
  });

  it("let nobody in whose lines are all for something else, or outside their time", () => {
    const useless = [
      signer("ada", { namespaces: "git,roadrunner" }),
      signer("ada", { validBeforeMs: NOW_MS - 1 }),
      signer("ada", { validAfterMs: NOW_MS + 1 }),
    ];
    expect(why(useless)).toMatch(/^no line of signers is for logins now/);
    for (const good of [
      { namespaces: "roadrunner-login@*" },
      { validBeforeMs: NOW_MS, validAfterMs: NOW_MS },
    ])
      expect(why([...useless, signer("eve", good)])).toBeUndefined();
  });

  it("let nobody in whom no role fits; whom a pattern stands for is not known before he comes", () => {
    const ops: RoleRule = { principals: "*@ops", role: "own" };
    const none = "no rule of roles.json fits a principal of signers; add one";
    expect(why([signer("ada"), signer("eve,bob")], [ops])).toBe(none);
    expect(why([signer("ada"), signer("eve,bob@ops")], [ops])).toBeUndefined();
    expect(why([signer("*@example.com", { certAuthority: true })], [ops])).toBeUndefined();
    expect(why([signer("*@example.com", { certAuthority: true })], [])).toBe(none);
  });
});
