import { describe, expect, test } from "vitest";
import { NOT_YET } from "../../src/flow/not-yet.ts";
import { problemsOf } from "./reading.ts";

/** A value that asks for the behaviour, for each field that may stand in the table. */
const USES: Record<string, unknown> = {
  delivery: "once",
  onDisconnect: "finish",
  become: true,
  secretEnv: { TOKEN: "token" },
  script: "x.sh",
  reboot: true,
  confirm: "Go on?",
};

function flowWith(field: string, value: unknown): string {
  const inSlot = field === "confirm" ? { [field]: value } : {};
  const inJob = field === "confirm" ? {} : { [field]: value };
  const work = field === "script" ? {} : { command: "true" };
  return JSON.stringify({ slots: [{ jobs: [{ hosts: "db1", ...work, ...inJob }], ...inSlot }] });
}

describe("what is not built yet", () => {
  test.each(Object.keys(USES))("%s is refused where it is used, if the table says so", (field) => {
    const entry = NOT_YET.find((candidate) => candidate.field === field);
    const expected = entry === undefined ? [] : [{ message: entry.message }];
    expect(problemsOf(flowWith(field, USES[field]))).toMatchObject(expected);
    for (const value of entry?.except ?? []) expect(problemsOf(flowWith(field, value))).toEqual([]);
  });

  test("the table names no other fields", () => {
    expect(NOT_YET.map(({ field }) => field).filter((field) => !(field in USES))).toEqual([]);
  });
});
