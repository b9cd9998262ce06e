import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  base32,
  controlFunction,
  keyOfDigest,
  runFunction,
  gateFunction,
  isGateFunction,
  taskId,
  uniqueOf,
} from "../../src/contract/names.ts";
import { namesOf } from "../../src/contract/workload.ts";

describe("names on the wire", () => {
  it("encodes RFC 4648's own examples", () => {
    const encode = (text: string) => base32(new TextEncoder().encode(text));
    expect(["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(encode)).toEqual([
      "",
      "my",
      "mzxq",
      "mzxw6",
      "mzxw6yq",
      "mzxw6ytb",
      "mzxw6ytboi",
    ]);
  });

  it("gives a unique of 35 bytes whatever the names are", () => {
    const id = taskId({ run: "r", slot: 1, job: "j".repeat(64), host: "h".repeat(255), attempt: 12 });
    const key = keyOfDigest(createHash("sha256").update(id).digest());
    expect(key).toMatch(/^[a-z2-7]{26}$/);
    expect(uniqueOf(key, "abcd1234")).toHaveLength(35);
  });

  it("names a stage at another host by whose way it is, and where it runs", () => {
    const task = { run: "r", slot: 1, job: "j", stage: "drain", attempt: 2 };
    expect(taskId({ ...task, host: "fe7" })).toBe("r/1/j/fe7/drain/2");
    const carried = { ...task, client: "c", submission: "abcd1234" };
    expect(taskId(namesOf({ ...carried, target: "fe7" }, "lb1"))).toBe("r/1/j/fe7/drain@lb1/2");
    expect(taskId(namesOf(carried, "fe7"))).toBe("r/1/j/fe7/drain/2");
  });

  it("names a gate's check apart from a task of its host", () => {
    const carried = { run: "r", slot: 1, job: "j", attempt: 3, client: "c", submission: "abcd1234" };
    expect(taskId(namesOf({ ...carried, gate: "health" }, "lb1"))).toBe("r/1/j/gate:health/lb1/3");
    expect(taskId(namesOf(carried, "lb1"))).toBe("r/1/j/lb1/3");
  });

  it("names functions that gearmand can hold", () => {
    expect(runFunction()).toBe("rr-run");
    expect(runFunction("dc1")).toBe("rr-run.dc1");
    expect(gateFunction()).toBe("rr-gate");
    expect(gateFunction("dc1")).toBe("rr-gate.dc1");
    expect(["rr-gate", "rr-gate.dc1"].map(isGateFunction)).toEqual([true, true]);
    expect(["rr-run", "rr-run.rr-gate", "rr-gates", "rr-control.rr-gate"].some(isGateFunction)).toBe(false);
    expect(controlFunction("w".repeat(40)).length).toBeLessThanOrEqual(63);
  });
});
