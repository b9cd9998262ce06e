import { describe, expect, test } from "vitest";
import { connectProblem, lookupProblem } from "../../../src/ssh/wire/dial-problem.ts";

describe("whose fault a failed connection is", () => {
  test.each([
    ["ECONNREFUSED", "refused", "host"],
    ["EHOSTUNREACH", "route", "host"],
    ["ENETUNREACH", "route", "worker"],
    ["ETIMEDOUT", "timeout", "host"],
    ["ECONNRESET", "protocol", "host"],
    ["EMFILE", "local", "worker"],
    ["EADDRNOTAVAIL", "local", "worker"],
    ["EINVAL", "name", "host", true],
    ["EACCES", "local", "worker"],
  ])("%s: %s, %s", (code, reason, blame, noRetry = false) => {
    const error = Object.assign(new Error(`connect ${code}`), { code });
    expect(connectProblem("10.0.0.5", 22, error)).toMatchObject({ reason, blame, noRetry });
  });

  test.each([
    ["ENOTFOUND", false, "name", "host", true],
    ["ENODATA", false, "name", "host", true],
    ["EAI_AGAIN", false, "local", "worker", false],
    ["EAI_AGAIN", true, "name", "host", false],
    ["EAI_FAIL", false, "local", "worker", false],
  ])("lookup %s, others are answered: %s; %s, %s", (code, others, reason, blame, noRetry) => {
    expect(lookupProblem("db1", Object.assign(new Error("x"), { code }), others)).toMatchObject({
      reason,
      blame,
      noRetry,
    });
  });
});
