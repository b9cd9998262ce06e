import { OUTCOMES, type OutcomeMessage } from "@roadrunner/core";
import { describe, expect, it } from "vitest";
import { SelfBlame } from "../../../src/daemon/life/self-blame.ts";

type End = Parameters<SelfBlame["ended"]>[0];
let hosts = 0;
const end = (outcome: OutcomeMessage["outcome"], more: Partial<End> = {}): End => {
  hosts += 1;
  return { outcome, host: `h${hosts}`, ...more };
};
const own = (more: Partial<End> = {}) => end("unreachable", { blame: "worker", reason: "no agent", ...more });

function after(...ends: readonly End[]): SelfBlame {
  const self = new SelfBlame();
  for (const one of ends) self.ended(one);
  return self;
}

describe("a worker that blames itself", () => {
  it("is at fault after five in a row, and no longer after one that was not its own", () => {
    expect(after(own(), own(), own(), own()).faulty).toBe(false);
    const self = after(own(), own(), own(), own(), own());
    expect(self.faulty).toBe(true);
    expect(self.reason).toContain("no agent");
    expect(self.ended(end("skipped"))).toBe(true);
    expect(self.ended(end("ok"))).toBe(false);
    expect(self.faulty).toBe(false);
    expect(after(own(), own(), own(), own(), end("failed", { blame: "host" }), own()).faulty).toBe(false);
  });

  it("counts what it refuses before it knows a host, each time", () => {
    const refused = () => end("refused", { blame: "worker", host: "", reason: "cannot check a signature" });
    expect(after(refused(), refused(), refused(), refused(), refused()).faulty).toBe(true);
  });

  it.each<[string, () => End]>([
    ["of the submission", () => end("refused", { blame: "submission" })],
    ["that only one task's wish brings about", () => end("refused", { blame: "worker", ofTask: true })],
    ["of a hasty task", () => own({ ofTask: true })],
    ["of a task that was lost elsewhere", () => end("unknown", { blame: "worker" })],
  ])("does not count a fault %s, and keeps counting behind it", (_, fault) => {
    expect(after(...Array.from({ length: 20 }, fault)).faulty).toBe(false);
    expect(after(own(), own(), fault(), own(), fault(), own(), fault()).faulty).toBe(false);
    expect(after(own(), own(), fault(), own(), fault(), own(), own()).faulty).toBe(true);
  });

  it("counts the faults on the way to one host once", () => {
    const nowhere = () => own({ host: "nowhere" });
    expect(after(nowhere(), nowhere(), nowhere(), nowhere(), nowhere(), nowhere()).faulty).toBe(false);
    expect(after(nowhere(), nowhere(), own(), own(), own(), own()).faulty).toBe(true);
  });

  it("counts nothing that the submission or nobody is to blame for, whatever the outcome", () => {
    for (const outcome of OUTCOMES)
      for (const blame of [undefined, "submission", "host"] as const)
        expect(after(...Array.from({ length: 9 }, () => end(outcome, blame && { blame }))).faulty).toBe(
          false,
        );
  });
});
