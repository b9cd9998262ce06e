import { expect, it } from "vitest";
import { sayerOf } from "../../src/authority/owner.ts";
import { Revocations } from "../../src/daemon/memory/revocations.ts";

it("whoever carries a run of an operator's pushes out no revocation that this one has said himself", () => {
  const revocations = new Revocations();
  const task = { run: "r", client: "c", job: "ship" } as Parameters<Revocations["has"]>[0];
  revocations.add({ run: "r", client: "c", jobs: ["ship"] }, sayerOf({ fingerprint: "SHA256:alice" }));
  const carrier = sayerOf({ fingerprint: "SHA256:alice", carrier: "SHA256:stolen" });
  const jobs = Array.from({ length: 10_001 }, (_, index) => `made-up-${index}`);
  revocations.add({ run: "other", client: "c", jobs }, carrier);
  expect(revocations.has(task)).toBe(true);
});
