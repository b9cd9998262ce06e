import { expect, it } from "vitest";
import { goOnFault } from "../../src/coordinator/may-go-on.ts";

const ofAnn = { run: "r", principal: "ann" };

it("signs for his own run, and with the role all for everybody's", () => {
  expect(goOnFault({ principal: "ann", role: "own" }, ofAnn)).toBeUndefined();
  expect(goOnFault({ principal: "bob", role: "all" }, ofAnn)).toBeUndefined();
  expect(goOnFault({ principal: "bob", role: "all" }, { run: "r" })).toBeUndefined();
});

it("does not sign for another's run, nor for one of the socket, nor with the role view", () => {
  expect(goOnFault({ principal: "bob", role: "own" }, ofAnn)).toBe(
    "run r was handed over by ann, and bob has the role own, which may not sign for it: whoever has the role all may (--roles of the coordinator)",
  );
  expect(goOnFault({ principal: "bob", role: "own" }, { run: "r" })).toContain("the coordinator's socket");
  expect(goOnFault({ principal: "ann", role: "view" }, ofAnn)).toContain("ann has the role view");
});
