import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { parsePoolKeys } from "@roadrunner/core/signing";
import { openSecrets, sealSecrets } from "../../../src/carry/kept/sealed-secrets.ts";

const parsed = parsePoolKeys(randomBytes(32).toString("hex"));
const keys = parsed.ok ? parsed.value : [];

it("secrets come back from the store for their run alone, and stand nowhere in what it has", () => {
  const secrets = { password: "hunter2", token: "x\ny" };
  const sealed = sealSecrets(keys, "run-1", secrets) ?? "";
  expect(sealed).not.toMatch(/hunter2|password/);
  expect(openSecrets(keys, "run-1", sealed)).toEqual({ ok: true, value: secrets });
  expect(openSecrets(keys, "run-2", sealed)).toMatchObject({ ok: false });
  expect(openSecrets([], "run-1", sealed)).toMatchObject({
    error: expect.stringMatching(/^what the store has of its secrets is sealed with the pool key/) as string,
  });
});

it("without a key nothing can be kept of them", () => {
  expect(sealSecrets([], "run-1", { password: "hunter2" })).toBeUndefined();
});
