import { describe, expect, it } from "vitest";
import type { RunPlan } from "@roadrunner/core";
import { slot, stage } from "../../../../test/support/plans.ts";
import { holdToItsEnd } from "./hold-to-its-end.ts";
import { job, Leg } from "./legs.ts";

describe("a host that failed on its way and is taken again", () => {
  const stagesAfter = (retryFrom: object) => {
    const what: RunPlan = {
      name: "w",
      slots: [
        slot(
          job("a", 2, {
            stages: [stage("drain"), stage("install", retryFrom), stage("note", { always: true })],
          }),
        ),
      ],
      finally: [],
    };
    const first = new Leg(what);
    first.finish(({ host, stage: at }) => (host === 0 && at === 1 ? "failed" : "ok"));
    expect(first.verdict).toBe("failed");
    const before = first.journal.length;
    const second = new Leg(what, first.journal, ["failed"]);
    second.finish(() => "ok");
    expect(second.verdict).toBe("succeeded");
    holdToItsEnd(second.journal, what);
    return second.journal
      .slice(before)
      .flatMap((event) =>
        event.type === "task.asked" && event.host === "a-1" ? [`${event.stage}.${event.attempt}`] : [],
      );
  };

  it("begins anew at its first stage, or goes on at the one that says so", () => {
    expect(stagesAfter({})).toEqual(["drain.2", "install.2", "note.2"]);
    expect(stagesAfter({ retryFrom: "stage" })).toEqual(["install.2", "note.2"]);
  });

  it("goes on at that one of several hosts at which the stage failed", () => {
    const at = (name: string) => ({ at: { hosts: [{ name }], atOnce: 1 }, retryFrom: "stage" as const });
    const drain = [stage("drain", at("lb1")), stage("drain", at("lb2"))] as const;
    const what: RunPlan = {
      name: "w",
      slots: [slot(job("a", 2, { stages: [...drain, stage("install")] }))],
      finally: [],
    };
    const first = new Leg(what);
    first.finish(({ host, stage: index }) => (host === 0 && index === 1 ? "failed" : "ok"));
    expect(first.verdict).toBe("failed");
    expect(first.journal.find((event) => "decidedBy" in event)).toMatchObject({
      decidedBy: "drain",
      at: "lb2",
    });
    const before = first.journal.length;
    const second = new Leg(what, first.journal, ["failed"]);
    second.finish(() => "ok");
    holdToItsEnd(second.journal, what);
    const asked = second.journal
      .slice(before)
      .flatMap((event) =>
        event.type === "task.asked" && event.host === "a-1"
          ? [`${event.stage} ${event.at ?? ""} ${event.attempt}`]
          : [],
      );
    expect(asked).toEqual(["drain lb2 2", "install  1"]);
  });
});
