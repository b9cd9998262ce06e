import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { encode, packetOf, type PacketName } from "../../support/gearman-packets.ts";
import { EpochWatch } from "./epoch-watch.ts";

const run = "r1";
const NOW = 1_000_000;
let watch: EpochWatch;
beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  watch = new EpochWatch("w");
});
afterEach(() => {
  vi.useRealTimers();
});

function pass(name: PacketName, ...parts: readonly string[]): void {
  const bytes = encode("REQ", name, ...parts);
  const to = name.startsWith("JOB") ? "client" : "server";
  const passed = watch.look({
    ...{ to, bytes, packet: packetOf(bytes), connection: 1 },
    send: () => {},
    cut: () => {},
  });
  expect(passed).toEqual([bytes]);
}
const assign = (handle: string, epoch: number, notAfterMs = NOW + 20_000) =>
  pass("JOB_ASSIGN_UNIQ", handle, "rr-run", "u", JSON.stringify({ task: { run, epoch, notAfterMs } }));
const announced = (epoch: number, notAfterMs = NOW + 20_000) => {
  pass("JOB_ASSIGN", "c", "rr-control.w", JSON.stringify({ type: "epoch", run, epoch, notAfterMs }));
  pass("WORK_COMPLETE", "c", "{}");
};
const start = (handle: string) => pass("WORK_DATA", handle, '{"type":"started"}\n');

/** Signed for a coordinator, by a word until then. Nobody looks at the signatures here. */
const signedUntil = (signedUntilMs: number, body: object): string => {
  const text = { body: "{}", signature: "s" };
  const digest = "0".repeat(64);
  const word = {
    ...{ v: 1, run, plan: digest, root: digest, leaves: 1, pastAttempts: 0 },
    ...{ carriers: [`SHA256:${"A".repeat(43)}`], issuedMs: NOW, notAfterMs: signedUntilMs },
  };
  const plan = { ...text, body: JSON.stringify(word) };
  const signed = { certificate: text, header: "{}", body: JSON.stringify(body), signature: "s", plan };
  return JSON.stringify({ v: 1, signed });
};

describe("what is heard between a worker and the job server", () => {
  it("is well where the epoch is the newest, and in its time", () => {
    assign("1", 1);
    start("1");
    announced(2);
    vi.advanceTimersByTime(5000);
    assign("2", 2);
    start("2");
    expect(watch.problems).toEqual([]);
  });

  it("tells of a start of who had lost the run long before, also by a task's word", () => {
    assign("1", 1);
    announced(2);
    vi.advanceTimersByTime(5000);
    start("1");
    assign("3", 3);
    start("3");
    vi.advanceTimersByTime(5000);
    assign("2", 2);
    start("2");
    expect(watch.problems).toEqual([
      "overtaken: w starts a task of r1 in epoch 1, 5000 ms after it knew of 2",
      "overtaken: w starts a task of r1 in epoch 2, 5000 ms after it knew of 3",
    ]);
  });

  it("knows what the worker has answered to, and nothing else", () => {
    assign("1", 1);
    assign("2", 2);
    vi.advanceTimersByTime(5000);
    start("1");
    expect(watch.problems).toEqual([]);
    start("2");
    watch.forget();
    vi.advanceTimersByTime(5000);
    assign("3", 1, NOW + 20_000);
    start("3");
    expect(watch.problems).toEqual([]);
  });

  it("tells of a start after its time, which may have been prolonged", () => {
    assign("1", 1, NOW);
    assign("2", 1, NOW);
    vi.advanceTimersByTime(5000);
    start("1");
    announced(1, NOW + 9000);
    start("2");
    expect(watch.problems).toEqual(["expired: w starts a task of r1 in epoch 1, 5000 ms too late"]);
  });

  it("counts what was refused", () => {
    for (const [handle, outcome] of [
      ["1", { notTaken: "expired" }],
      ["2", { reason: "not done: another coordinator has this run by now" }],
      ["3", { outcome: "ok" }],
    ] as const) {
      assign(handle, 1);
      pass("WORK_COMPLETE", handle, JSON.stringify(outcome));
    }
    expect(watch.refused).toEqual({ overtaken: 1, expired: 1 });
  });

  it("reads what is signed, and tells of a time that is longer than its operator's", () => {
    const assigned = (handle: string, epoch: number, signedUntilMs: number, order?: string): void => {
      const task = { run, epoch, notAfterMs: NOW + 20_000, order };
      pass("JOB_ASSIGN_UNIQ", handle, "rr-run", "u", signedUntil(signedUntilMs, { task }));
    };
    assigned("1", 2, NOW + 20_000);
    start("1");
    assigned("4", 2, NOW + 19_000, "kill");
    expect(watch.problems).toEqual([]);
    assigned("2", 2, NOW + 19_000);
    expect(watch.problems).toEqual([
      "overtime: w is asked in epoch 2 of r1 for 1000 ms longer than its operator signed",
    ]);
    vi.advanceTimersByTime(5000);
    assigned("3", 1, NOW + 20_000);
    start("3");
    expect(watch.problems.at(-1)).toMatch(/^overtaken: w starts a task of r1 in epoch 1/);
  });
});
