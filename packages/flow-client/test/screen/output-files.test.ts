import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunEvent } from "@roadrunner/core";
import { OutputFiles } from "../../src/screen/output-files.ts";

type TaskEnded = Extract<RunEvent, { type: "task.ended" }>;

const of = { time: "2026-11-24T09:16:13.000Z", run: "r", slot: 1, job: "pkg1", host: "db1", attempt: 1 };
let folder: string;
let told: string[];
let files: OutputFiles;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rr-test-output-"));
  told = [];
  const opened = OutputFiles.open(folder, (text) => told.push(text));
  if (!opened.ok) throw new Error(opened.error);
  files = opened.value;
});
afterEach(() => rmSync(folder, { recursive: true }));

const output = (data: string, more: object = {}): RunEvent => ({
  ...of,
  type: "task.output",
  stream: "stdout",
  data,
  ...more,
});
const ended = (more: Partial<TaskEnded>): RunEvent => ({
  ...of,
  type: "task.ended",
  outcome: "ok",
  final: true,
  ...more,
});
const read = (name: string): string => readFileSync(join(folder, name), "utf8");

describe("OutputFiles", () => {
  it("writes live output as it comes, for its owner only", () => {
    files.write([output("one\n"), output("/w==", { encoding: "base64" })]);
    expect([...readFileSync(join(folder, "pkg1/db1.stdout"))]).toEqual([...Buffer.from("one\n"), 0xff]);
    files.write([
      output("two\n", { stream: "stderr" }),
      ended({ stdout: "b25lCv8=", encoding: { stdout: "base64" }, stderr: "two\n" }),
    ]);
    files.close();
    expect(readdirSync(join(folder, "pkg1"))).toEqual(["db1.stderr", "db1.stdout"]);
    expect(statSync(join(folder, "pkg1/db1.stdout")).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "pkg1")).mode & 0o777).toBe(0o700);
    expect(told).toEqual([]);
  });

  it("takes the kept output where live output was missed, and makes empty files for silent hosts", () => {
    files.write([output("o"), ended({ stdout: "one\n", stderr: "" })]);
    expect(read("pkg1/db1.stdout")).toBe("one\n");
    expect(read("pkg1/db1.stderr")).toBe("");
  });

  it("keeps the whole live output where the kept one is cut, and says where neither is whole", () => {
    const cut = { stdout: "onfour\n", stderr: "", omittedBytes: { stdout: 8, stderr: 0 } };
    files.write([output("one\ntwo\nfour\n".padEnd(15, "\n")), ended(cut)]);
    expect(read("pkg1/db1.stdout")).toBe("one\ntwo\nfour\n\n\n");
    files.close();
    expect(told).toEqual([]);
    files.write([
      ended({ ...cut, host: "db2" }),
      ended({ stdout: "", stderr: "", outputLost: true, host: "db3" }),
    ]);
    files.close();
    expect(read("incomplete")).toContain("db2.stdout: 8 bytes left out in the middle");
    expect(read("incomplete")).toContain("db3.stdout: lost, all or a part of it");
    expect(told).toEqual([`--output-dir: 3 outputs incomplete; see ${join(folder, "incomplete")}`]);
  });

  it("gives later attempts files of their own, and tasks that never ran none", () => {
    files.write([
      ended({ stdout: "1", stderr: "", final: false }),
      ended({ stdout: "2", stderr: "", attempt: 2 }),
    ]);
    files.write([ended({ host: "db9", outcome: "skipped" })]);
    expect(readdirSync(join(folder, "pkg1"))).toEqual([
      "db1.attempt2.stderr",
      "db1.attempt2.stdout",
      "db1.stderr",
      "db1.stdout",
    ]);
  });

  it("refuses a folder that holds something, and says once when it cannot write any more", () => {
    expect(OutputFiles.open(folder, () => undefined).ok).toBe(true);
    writeFileSync(join(folder, "pkg1"), "in the way");
    expect(OutputFiles.open(folder, () => undefined)).toMatchObject({
      ok: false,
      error: expect.stringContaining("is not empty") as string,
    });
    files.write([ended({ stdout: "1", stderr: "" }), ended({ stdout: "1", stderr: "" })]);
    expect(told).toEqual([expect.stringContaining("no more output is written: EEXIST")]);
  });

  it("lets no name of a host or a job out of the folder, nor an escape into it", () => {
    files.write([ended({ host: "../../etc/x", stdout: "1", stderr: "" })]);
    expect(readdirSync(join(folder, "pkg1"))).toEqual(["__.._etc_x.stderr", "__.._etc_x.stdout"]);
    files.write([ended({ job: "../../up\u001b[31m", host: "h", stdout: "1", stderr: "" })]);
    expect(readdirSync(folder)).toEqual(["__.._up_[31m", "pkg1"]);
  });
});
