import { describe, expect, test } from "vitest";
import { MAX_OUTPUTS_BYTES } from "@roadrunner/core";
import { outputsOf, parseOutputs } from "../../src/verdict/outputs.ts";
import { BOOT, START, verdict } from "./visits.ts";

const hex = (text: string): string => (Buffer.from(text).toString("hex").match(/../g) ?? []).join(" ");
const out = (text: string): readonly string[] => [`out ${hex(text)}`, "out ."];
const task = { outputs: true } as const;

describe("outputs that a host tells", () => {
  test("belong to an ok end, however that was learned", () => {
    const ended = [START, ...out("leader=db1\nweight=\n"), "end 0 -"];
    const outputs = { leader: "db1", weight: "" };
    expect(verdict(ended, {}, { task })).toMatchObject({ outcome: "ok", exitCode: 0, outputs });
    const recorded = [START, "exists", START, ...out("leader=db1"), `recorded 000 - ${BOOT}`, "end -"];
    const once = { task: { ...task, delivery: "once" } } as const;
    expect(verdict(recorded, {}, once)).toMatchObject({ outcome: "ok", outputs: { leader: "db1" } });
  });

  test("come in pieces that are cut anywhere", () => {
    const text = `a=${"é".repeat(3000)}\n`;
    const pieces = hex(text).match(/.{1,3795}/g) ?? [];
    const marks = [START, ...pieces.map((piece) => `out ${piece}`), "out .", "end 0 -"];
    expect(verdict(marks, {}, { task }).outputs).toEqual({ a: "é".repeat(3000) });
  });

  test("are of no failed, killed or unknown task", () => {
    for (const end of ["end 3 -", "end 143 timedOut", "end 143 cancelled"]) {
      const told = verdict([START, ...out("leader=db1"), end], {}, { task: { ...task, timeoutMs: 1 } });
      expect(told.outcome).not.toBe("ok");
      expect(told).not.toHaveProperty("outputs");
    }
  });

  test("that cannot be taken make the task fail, with the reason", () => {
    const failed = (...marks: string[]) => verdict([START, ...marks, "end 0 -"], {}, { task });
    expect(failed("out replaced")).toMatchObject({
      outcome: "failed",
      exitCode: 0,
      blame: "host",
      reason:
        "exit code 0, but its outputs cannot be taken: the file that RR_OUT names was removed or replaced; write into it",
    });
    expect(failed("out unread").reason).toMatch(/is od\(1\) there/);
    expect(failed().reason).toMatch(/does not have them all/);
    expect(failed(`out ${hex("a=1")}`).reason).toMatch(/does not have them all/);
  });

  test("of a job that wants none say nothing", () => {
    expect(verdict([START, ...out("leader=db1"), "end 0 -"])).not.toHaveProperty("outputs");
  });

  test("have their secrets replaced, before anybody sees them", () => {
    const secret = { TOKEN: { name: "api", value: "s3cr=et" } };
    const told = verdict(
      [START, ...out("url=http://s3cr=et@db1\n"), "end 0 -"],
      {},
      { task: { ...task, secretEnv: secret } },
    );
    expect(told.outputs).toEqual({ url: "http://[secret api]@db1" });
    const many = `a=${"x".repeat(MAX_OUTPUTS_BYTES - 2)}`;
    const grown = outputsOf({ kind: "read", bytes: Buffer.from(many) }, [
      { name: "long-name", value: "xxxx" },
    ]);
    expect(grown).toEqual({ ok: false, error: "more than 64 KiB" });
  });
});

test.each([
  ["", {}],
  ["\n\na=1\n\nB_2==\n", { a: "1", B_2: "=" }],
  ["a= x \r\nPATH=/tmp", { a: " x \r", PATH: "/tmp" }],
  ["a=1\nb", "line 2 is no NAME=VALUE"],
  ["=x", 'line 1: "" is no name: letters, digits and _, not beginning with a digit'],
  ["1a=x", 'line 1: "1a" is no name: letters, digits and _, not beginning with a digit'],
  ["__proto__=x", 'line 1: "__proto__" is no name: letters, digits and _, not beginning with a digit'],
  ["constructor=x", { constructor: "x" }],
  ["a=1\nb=2\na=1", "a stands in line 1 and in line 3"],
  ["a=\0", "line 1 holds a NUL byte"],
])("%j is read as %j", (text, expected) => {
  const read = parseOutputs(text);
  expect(read.ok ? read.value : read.error).toEqual(expected);
});
