import { describe, expect, it } from "vitest";
import type { OwnedWorkload } from "../../../src/authority/owner.ts";
import { workKey } from "../../../src/daemon/task/work-key.ts";

const task = { run: "r1", slot: 1, job: "j", attempt: 1, client: "c1", submission: "abcdefgh" };
const work: OwnedWorkload = {
  host: "h1",
  command: "id",
  env: { A: "1", B: "2" },
  shell: "/bin/sh",
  okCodes: [0],
  connectTimeoutMs: 15_000,
  delivery: "once",
  onDisconnect: "finish",
  owner: "alice SHA256:a",
  task,
};

describe("the key of a task's work", () => {
  it.each<[string, Partial<OwnedWorkload>]>([
    ["another submission", { task: { ...task, submission: "zzzzzzzz", again: { began: {} } } }],
    ["another process of the client", { task: { ...task, client: "c2" } }],
    ["another order", { task: { ...task, order: "withdraw" } }],
    ["somebody who watches", { live: true }],
    ["other patience", { connectTimeoutMs: 5, startWithinMs: 5, lostTimeoutMs: 5 }],
    ["its variables in another order", { env: { B: "2", A: "1" } }],
  ])("is the same for %s", (_, fields) => {
    expect(workKey({ ...work, ...fields })).toBe(workKey(work));
  });

  it.each<Partial<OwnedWorkload>>([
    { owner: "alice SHA256:b" },
    { owner: "bob SHA256:a" },
    { host: "h2" },
    { address: "10.0.0.1" },
    { port: 2222 },
    { user: "deploy" },
    { become: true },
    { command: "id -u" },
    { env: { A: "1" } },
    { secretEnv: { A: "token" } },
    { cwd: "/tmp" },
    { shell: "/bin/bash" },
    { okCodes: [0, 1] },
    { timeoutMs: 5 },
    { delivery: "repeatable" },
    { task: { ...task, run: "r2" } },
    { task: { ...task, slot: 2 } },
    { task: { ...task, job: "k" } },
    { task: { ...task, attempt: 2 } },
  ])("is another one for %j", (fields) => {
    expect(workKey({ ...work, ...fields })).not.toBe(workKey(work));
  });

  it("is none for a workload by hand", () => {
    const { task: _, ...byHand } = work;
    expect(workKey(byHand)).toBeUndefined();
  });
});
