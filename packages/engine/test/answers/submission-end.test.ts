import { describe, expect, it } from "vitest";
import { notTaken } from "../../src/answers/submission-end.ts";

const LEASE_MS = 1_000_000;
const expired = (clockMs: number) => ({ notTaken: "expired", worker: "w", clockMs }) as const;
const times = { wrapped: {}, notAfterMs: LEASE_MS };

describe("a submission that a worker took for too late, by the lease of its owner", () => {
  it("is made anew where it was by our clock as well", () => {
    expect(notTaken(expired(LEASE_MS + 5), times, LEASE_MS)).toEqual({ type: "expired" });
  });

  it("is made anew, with more time, where the worker's clock is before ours", () => {
    const end = notTaken(expired(LEASE_MS + 20_000), times, LEASE_MS - 10_000);
    expect(end).toEqual({ type: "expired", aheadMs: 30_000 });
  });

  it.each([
    ["its clock says that it was not", LEASE_MS - 1, LEASE_MS - 5000],
    ["its clock is an hour before ours", LEASE_MS + 3_600_000, LEASE_MS - 5000],
  ])("is lost, and not made anew for ever, where %s", (_, clockMs, wallMs) => {
    expect(notTaken(expired(clockMs), times, wallMs)).toMatchObject({
      type: "lost",
      reason: expect.stringMatching(/the clocks differ by -?\d+ s; set both by one time server$/) as string,
    });
  });

  it("is no matter of leases where the submission has none", () => {
    expect(notTaken(expired(5), { wrapped: {} }, 10)).toBeUndefined();
  });
});
