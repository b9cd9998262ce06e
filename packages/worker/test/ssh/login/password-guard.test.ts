import { expect, test } from "vitest";
import { PasswordGuard } from "../../../src/ssh/login/password-guard.ts";

test("five hosts in a row that refuse the password hold it back for a minute", () => {
  const guard = new PasswordGuard();
  for (const host of ["a", "b", "c", "d"]) guard.refused(host, 0);
  guard.refused("d", 0);
  expect(guard.mayUse(0)).toBe(true);
  guard.accepted();
  for (const host of ["a", "b", "c", "d"]) guard.refused(host, 0);
  expect(guard.mayUse(0)).toBe(true);
  guard.refused("e", 1000);
  expect([guard.mayUse(1000), guard.mayUse(60_999), guard.mayUse(61_000)]).toEqual([false, false, true]);
});
