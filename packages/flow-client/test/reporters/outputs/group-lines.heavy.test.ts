import { describe, expect, it } from "vitest";
import type { RunEvent } from "@roadrunner/core";
import {
  EVERYTHING,
  groupLines,
  SCREEN,
  textsOf,
  type Limits,
} from "../../../src/reporters/outputs/group-lines.ts";
import { keepBudget, OutputGroups } from "../../../../engine/src/story/output-groups.ts";
import { hostNames, madeRun, type MadeEnd } from "../made-run.ts";

const linesOf = (groups: OutputGroups, limits: Limits) => textsOf(groupLines(groups.sorted(), limits));

function gather(
  hosts: readonly string[],
  end: (host: string) => MadeEnd,
  groups = new OutputGroups(),
): OutputGroups {
  for (const event of ends(hosts, end)) groups.add(event);
  return groups;
}

function ends(hosts: readonly string[], end: (host: string) => MadeEnd) {
  return madeRun([[{ name: "j", hosts, end }]]).filter(
    (event): event is Extract<RunEvent, { type: "task.ended" }> => event.type === "task.ended",
  );
}

describe("the outputs of a job, gathered", () => {
  it("tells failures first, the largest group whole, the others as diffs against it", () => {
    const groups = gather(hostNames("fe", 100), (host) => {
      if (["fe3", "fe7"].includes(host))
        return { outcome: "failed", reason: "exit code 1", stdout: "stopping\n", stderr: "E: no\n" };
      if (host === "fe8")
        return { outcome: "failed", reason: "exit code 1", stdout: "stopping\n", stderr: "E: busy\n" };
      if (host === "fe9") return { stdout: "one\n2\nthree\n" };
      if (host === "fe10") return { stdout: "" };
      return { stdout: "one\ntwo\nthree\n" };
    });
    expect(linesOf(groups, SCREEN)).toEqual([
      "fe[3,7] (2) failed: exit code 1",
      "  | stopping",
      "  | (stderr)",
      "  | E: no",
      "fe8 failed: exit code 1; output differs from that of fe3",
      "  -| E: no",
      "  +| E: busy",
      "fe[1-2,4-6,11-100] (95) ok",
      "  | one",
      "  | two",
      "  | three",
      "fe9 ok, differs from that of fe1",
      "  -| two",
      "  +| 2",
      "fe10 ok, without output",
    ]);
  });

  it("tells hosts once whose reasons differ in their names and addresses alone, and one with its own", () => {
    const reason = (host: string) => `${host}: no route to 10.0.0.${host.slice(2)}:22`;
    const end = (host: string): MadeEnd => ({ outcome: "unreachable", reason: reason(host) });
    expect(linesOf(gather(hostNames("fe", 300), end), SCREEN)).toEqual([
      "fe[1-300] (300) unreachable: no route to ADDRESS:22",
    ]);
    expect(linesOf(gather(["fe7"], end), SCREEN)).toEqual(["fe7 unreachable: no route to 10.0.0.7:22"]);
  });

  it("tells nothing of hosts that ended well and said nothing", () => {
    expect(
      linesOf(
        gather(hostNames("fe", 3), () => ({ stdout: "", stderr: "" })),
        SCREEN,
      ),
    ).toEqual([]);
  });

  it("tells outputs that differ in one line as one table", () => {
    const end = (host: string): MadeEnd =>
      host === "fe9"
        ? { stdout: "down\n" }
        : { stdout: `up\nload ${host === "fe10" ? 1 : host.slice(2)}\nok\n` };
    expect(linesOf(gather(["fe10", "fe9", "fe2", "fe1", "fe3"], end), SCREEN)).toEqual([
      "fe[1-3,10] (4) ok",
      "           | up",
      "  fe[1,10] | load 1",
      "  fe2      | load 2",
      "  fe3      | load 3",
      "           | ok",
      "fe9 ok",
      "  | down",
    ]);
  });

  it("makes no table of two outputs, nor of such as differ in more than a line", () => {
    const two = gather(["fe1", "fe2"], (host) => ({ stdout: `${host}\n` }));
    expect(linesOf(two, SCREEN)[0]).toBe("fe1 ok");
    const more = gather(hostNames("fe", 3), (host) => ({ stdout: `${host}\n${host}\n` }));
    expect(linesOf(more, SCREEN)[0]).toBe("fe1 ok");
  });

  it("shows a lost output as it is, and compares nothing with it", () => {
    const end = (host: string): MadeEnd => ({
      stdout: host === "fe1" ? "one\ntwo\n" : "one\ntwo\nthree\n",
      ...(host === "fe1" ? { outputLost: true } : {}),
    });
    expect(linesOf(gather(["fe1", "fe2"], end), SCREEN)).toEqual([
      ...["fe1 ok", "  | one", "  | two", "  | (output was lost, all or a part of it)"],
      ...["fe2 ok", "  | one", "  | two", "  | three"],
    ]);
  });

  it("names no list of hosts twice: 5,300 hosts that all say something else are a few hundred kB", () => {
    const end = (host: string): MadeEnd => ({
      stdout: Number(host.slice(1)) % 2 === 0 ? "the\nsame\n" : `${host}\nand\nown ${host}\n`,
    });
    const lines = linesOf(gather(hostNames("h", 5300), end), EVERYTHING);
    expect(lines.join("\n").length).toBeLessThan(300_000);
  });

  it("counts what does not fit the screen, and leaves nothing out where all is asked for", () => {
    const lines = (host: string) => Array.from({ length: 30 }, (_, n) => `${host} ${n}`).join("\n");
    const groups = gather(hostNames("fe", 50), (host) => ({ stdout: lines(host) }));
    const shown = linesOf(groups, SCREEN);
    expect(shown.slice(4, 7)).toEqual(["  | fe1 3", "  … 11 lines are left out here", "  | fe1 15"]);
    expect(shown[20]).toBe("  | fe1 29");
    expect(shown.at(-1)).toBe("… 42 more outputs on fe[9-50]");
    expect(linesOf(groups, EVERYTHING)).toHaveLength(50 * 31);
  });

  it("says what was left out or lost, and lets no escape through", () => {
    const groups = gather(["fe1"], () => ({
      stdout: Buffer.from([0x1b, 0x5b, 0x33, 0x31, 0x6d, 0xff, 0x0a]).toString("base64"),
      encoding: { stdout: "base64" },
      omittedBytes: { stdout: 70, stderr: 0 },
      omittedAfter: { stdout: 5, stderr: 0 },
      outputLost: true,
    }));
    expect(linesOf(groups, SCREEN)).toEqual([
      "fe1 ok",
      "  | ␛[31m",
      "  | … 70 bytes were not kept here",
      "  | \ufffd",
      "  | (output was lost, all or a part of it)",
    ]);
  });

  it("takes back the end of a host that ends again after a resume", () => {
    const groups = gather(["fe1", "fe2"], () => ({ outcome: "failed", reason: "exit code 1" }));
    gather(["fe1"], () => ({}), groups);
    expect(groups.sorted().map(({ outcome, hosts }) => [outcome, [...hosts]])).toEqual([
      ["failed", ["fe2"]],
      ["ok", ["fe1"]],
    ]);
  });

  it("keeps one output of 10,000 equal ones, and no more than its budget of different ones", () => {
    const kib16 = "x".repeat(16 * 1024);
    const equal = gather(hostNames("h", 10_000), () => ({ stdout: `${kib16}\n` }));
    expect(equal.sorted()).toHaveLength(1);
    const budget = keepBudget(100 * 1024);
    const different = gather(
      hostNames("h", 50),
      (host) => ({ stdout: `${kib16}${host}` }),
      new OutputGroups(budget),
    );
    expect(different.sorted().filter(({ output }) => output !== undefined)).toHaveLength(6);
    expect(linesOf(different, EVERYTHING)).toContain("  (the output is too much to be gathered)");
  });
});
