import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { openKept, parsePoolKeys, type PoolKey, PoolSeal, sealKept } from "../../src/signing/index.ts";

function keys(): readonly [PoolKey, PoolKey] {
  const parsed = parsePoolKeys(`${randomBytes(32).toString("hex")}\n${randomBytes(32).toString("hex")}`);
  if (!parsed.ok) throw new Error(parsed.error.join());
  const [first, second] = parsed.value;
  if (second === undefined) throw new Error("one key");
  return [first, second];
}

it("is opened with its key, whichever it is of several, and shows nothing", () => {
  const [first, second] = keys();
  const sealed = sealKept(second, "run-1", '{"password":"hunter2"}');
  expect(sealed).not.toContain("hunter2");
  expect(openKept([first, second], "run-1", sealed)).toEqual({
    ok: true,
    value: '{"password":"hunter2"}',
  });
});

it("is opened by no other key, under no other name, and not when it was altered", () => {
  const [key] = keys();
  const sealed = sealKept(key, "run-1", "text");
  expect(openKept(keys(), "run-1", sealed)).toMatchObject({
    error: `is sealed with the pool key ${key.id}, which is not there`,
  });
  expect(openKept([key], "run-2", sealed)).toMatchObject({
    error: "was altered, or sealed for something else",
  });
  const altered = sealed.replace(/"data":"(.)/, (_, one: string) => `"data":"${one === "A" ? "B" : "A"}`);
  expect(openKept([key], "run-1", altered)).toMatchObject({ ok: false });
  expect(openKept([key], "run-1", "text")).toMatchObject({ error: "is not sealed" });
});

it("is no message: workers of the pool do not open it", () => {
  const [key] = keys();
  const sealed = sealKept(key, "run-1", "text");
  const came = { functionName: "kept", unique: "run-1" };
  expect(new PoolSeal([key]).open(sealed, came)).toMatchObject({ ok: false });
});
