import { describe, expect, test } from "vitest";
import { NOTHING_CAPTURED } from "../../src/visit/capture.ts";
import { isOpen, judge } from "../../src/verdict/judge.ts";
import { remoteTask } from "../program/task.ts";
import { BOOT, LOST, START, verdict, visitEnd } from "./visits.ts";

describe("a once task", () => {
  const once = { task: { delivery: "once" } } as const;
  const exit = { channelEnd: { kind: "exit", code: 2 } } as const;

  test("has begun when its attempt is claimed, not at the start mark", () => {
    const task = remoteTask({ delivery: "once" });
    expect(isOpen(visitEnd([START], exit), task, undefined)).toBe(false);
    expect(isOpen(visitEnd([START, "claimed - -"], exit), task, undefined)).toBe(true);
    expect(isOpen(visitEnd([START], { channelEnd: LOST }), task, undefined)).toBe(true);
  });

  test("whose shell cannot go on before it is begun is refused, in the shell's own words", () => {
    const words = { ...NOTHING_CAPTURED, head: Buffer.from("sh: 0: Cannot fork\n") };
    expect(verdict([START], { ...exit, stderr: words }, once)).toMatchObject({
      outcome: "refused",
      blame: "host",
      reason: expect.stringContaining("before the command started; it said: sh: 0: Cannot fork") as string,
    });
    expect(verdict([], { ...exit, noise: "sh: fork: Resource temporarily unavailable" }, once)).toMatchObject(
      {
        outcome: "refused",
      },
    );
  });

  test("that an earlier visit sent, and may have begun, is denied by no later one that began nothing", () => {
    const end = (mayHaveBegun: boolean) =>
      judge({
        task: remoteTask({ delivery: "once" }),
        user: "op",
        visit: visitEnd([START, "norecord missing op", "end -"]),
        mayHaveBegun,
      });
    expect(end(false)).toMatchObject({ outcome: "refused" });
    expect(end(true)).toMatchObject({
      outcome: "unknown",
      mayBeRunning: true,
      reason: expect.stringContaining(
        "the command was sent before, and its record could not be asked",
      ) as string,
    });
  });

  test("that was claimed and never began is refused, with how its shell ended and the cure", () => {
    const first = visitEnd([START, "claimed - -"], exit);
    const end = judge({
      task: remoteTask({ delivery: "once" }),
      user: "op",
      visit: visitEnd([START, "exists", START, "unstarted", "end -"]),
      heard: first,
      began: { bootId: BOOT },
    });
    expect(end).toMatchObject({
      outcome: "refused",
      blame: "host",
      reason:
        "the host could not start the command: /bin/sh ended with 2 before that (no fork?); see the login user's limits (ulimit -u)",
    });
  });

  test.each([
    ["the same host", `forgotten ${BOOT} 24`, true, /its record is gone from the host/],
    ["another boot", `forgotten ${BOOT.replace("1", "2")} 24`, undefined, /restarted or made anew/],
    ["another container", `forgotten ${BOOT} 25`, undefined, /restarted or made anew/],
    ["a host that hides its first process", `forgotten ${BOOT} -`, true, /its record is gone/],
    ["a host that has closed it", "withdrawn", true, /its record is gone/],
    ["a host that closed it just now", `withdrawn ${BOOT} 25 3`, undefined, /restarted or made anew/],
  ])(
    "that was heard to begin, and of which %s has no record, is unknown",
    (_, mark, mayBeRunning, reason) => {
      const end = judge({
        task: remoteTask({ delivery: "once" }),
        user: "op",
        visit: visitEnd([START, mark, "end -"]),
        began: { bootId: BOOT, container: "24" },
      });
      expect(end).toMatchObject({ outcome: "unknown", outputLost: true });
      expect(end.mayBeRunning).toBe(mayBeRunning);
      expect(end.reason).toMatch(reason);
    },
  );

  test("that was only about to be started, as far as its submitter knows, is told so", () => {
    const end = judge({
      task: remoteTask({ delivery: "once" }),
      user: "op",
      visit: visitEnd([START, `forgotten ${BOOT} 24`, "end -"]),
      began: {},
    });
    expect(end.outcome).toBe("unknown");
    expect(end.reason).toMatch(
      /^it was started, or was about to be, and the host has no record of it: whether/,
    );
  });

  test.each<readonly [string, readonly string[], number | undefined]>([
    ["whose end was heard", [START, "claimed - -", "end 0 -"], 90],
    ["whose record tells the end", [START, "exists", START, "recorded 0 -", "end -"], undefined],
    [
      "that was found running, and then ended",
      [START, "exists", START, `wait 610 12 345 12 1 ${BOOT}`, "recorded 0 -", "end -"],
      6190,
    ],
    ...["x", "-1", "9e99"].map(
      (age) =>
        [
          `that ran for ${age}, as its host says`,
          [START, `wait ${age} 12 345 12 1 ${BOOT}`, "recorded 0 -", "end -"],
          undefined,
        ] as const,
    ),
    ["that was heard of no more", [START, "claimed - -"], 90],
  ])("%s took as long as it ran, not as long as its record was asked", (_, marks, durationMs) => {
    expect(verdict(marks, { durationMs: 90 }, once).durationMs).toBe(durationMs);
  });

  test("that nobody heard of starts nowhere without proof, and its submitter is told what is there", () => {
    expect(verdict([START, `unproved ${BOOT} 24 300`, "end -"], {}, once)).toMatchObject({
      outcome: "refused",
      noRecord: { bootId: BOOT, container: "24", upMs: 3000 },
    });
  });
});
