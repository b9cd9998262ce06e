import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { BOTH_WAYS } from "./local-programs.ts";
import {
  KEY,
  dir,
  deliver,
  said,
  record,
  starts,
  count,
  BOOT,
  CONTAINER,
  HOSTNAME,
  recordText,
  waitFor,
  useRecordDir,
} from "./record-ground.ts";

failOnLeftovers();

useRecordDir();

describe.each(BOTH_WAYS)("the record under %s", (_, shell) => {
  test("holds the claim and, in its place, the end", async () => {
    const end = await deliver(shell, { command: "exit 7" }).end;
    expect(said(end)).toEqual(["end 7 -"]);
    const words = end.marks.map(({ word, args }) => [word, ...args].join(" "));
    expect(words.slice(2)).toEqual([`claimed ${BOOT} ${CONTAINER}`, "end 7 -"]);
    const [first, claim] = record().split("\n");
    expect(first).toBe("end 007");
    expect(claim).toMatch(
      new RegExp(`^c 1 [0-9a-f]{24} ${BOOT} \\d+ \\d+ \\d+ [0-9a-f]{20} ${HOSTNAME} \\.$`),
    );
  });

  test("lets the command start once: three deliveries at the same moment, one later", async () => {
    const command = count("sleep 0.5; exit 9");
    const ends = await Promise.all([1, 2, 3].map(() => deliver(shell, { command }).end));
    const later = await deliver(shell, { command }).end;
    expect(starts()).toBe(1);
    const words = ends.map((end) => said(end).join("; ")).sort();
    const recorded = `exists; recorded 009 - ${BOOT}; end -`;
    expect(words).toEqual(["end 9 -", recorded, recorded]);
    expect(said(later).join("; ")).toBe(recorded);
  });

  test("a live one is waited for, with its age and process told", async () => {
    const go = join(dir, "go");
    const command = count(`while [ ! -e ${go} ]; do sleep 0.1; done`);
    const first = deliver(shell, { command });
    const start = await first.saw("start");
    await waitFor(() => readdirSync(dir).includes(`${KEY}.1`));
    const second = deliver(shell, { command });
    const wait = await second.saw("wait");
    writeFileSync(go, "");
    expect(wait.args.slice(1)).toEqual([start.args[0], start.args[1], start.args[2], "1", BOOT]);
    expect(Number(wait.args[0])).toBeGreaterThanOrEqual(0);
    expect(Number(wait.args[0])).toBeLessThan(6000);
    await Promise.all([first.end, second.end]);
    expect(starts()).toBe(1);
  });

  test("records left by others are read as what they are", async () => {
    const otherBoot = "00000000-0000-4000-8000-000000000000";
    const cases: [string | ((path: string) => void), string][] = [
      [recordText({ boot: otherBoot }), `unknown restarted ${otherBoot}`],
      // Pid 1 lives, with another start time: the number was used again.
      [recordText(), "unknown gone"],
      [recordText({ pid: 999_999, hostname: "elsewhere" }), "unknown otherhost"],
      [recordText({ first: "claimed" }), "unstarted"],
      // What was written last before a crash of the machine may be lost.
      [recordText({ first: "claimed", boot: otherBoot }), `unknown restarted ${otherBoot}`],
      [recordText({ first: "claimed", pid: 999_999, hostname: "elsewhere" }), "unknown otherhost"],
      [recordText({ first: "end 003", command: "other" }), "other"],
      [recordText({ first: "tim 143" }), `recorded 143 timedOut ${BOOT}`],
      [recordText({ first: "can 137" }), `recorded 137 cancelled ${BOOT}`],
      ["withdrawn\n", "withdrawn"],
      ["", "unknown torn"],
      [recordText().slice(0, -10), "unknown torn"],
      [(path) => mkdirSync(path), "unknown torn"],
      [(path) => symlinkSync("/dev/null", path), "unknown torn"],
      [(path) => void execFileSync("mkfifo", [path]), "unknown torn"],
      // Of somebody else, and so none to believe.
      [
        (path) => {
          writeFileSync(path, recordText({ first: "end 000" }));
          chownSync(path, 65_534, 65_534);
        },
        "unknown torn",
      ],
    ];
    await Promise.all(
      cases.map(async ([left, expected], index) => {
        const recordDir = join(dir, `${index}`);
        mkdirSync(recordDir);
        const path = join(recordDir, `${KEY}.1`);
        if (typeof left === "string") writeFileSync(path, left);
        else left(path);
        const end = await deliver(shell, { command: "true", recordDir }).end;
        expect([index, ...said(end)]).toEqual([index, "exists", expected, "end -"]);
      }),
    );
  });

  test("a dangling link in the record's place starts nothing", async () => {
    symlinkSync("/no/such/file", join(dir, `${KEY}.1`));
    expect(said(await deliver(shell, { command: count("true") }).end)).toEqual(["norecord file", "end -"]);
    expect(starts()).toBe(0);
  });

  test("no record, no start: the reason is told and no text gets into the output", async () => {
    const place = join(dir, "place");
    const cases: [() => void, string][] = [
      [() => symlinkSync("/tmp", place), "norecord link"],
      [() => symlinkSync("/no/such/place", place), "norecord link"],
      [() => writeFileSync(place, ""), "norecord missing"],
      [() => undefined, "norecord missing"],
    ];
    for (const [make, expected] of cases) {
      rmSync(place, { recursive: true, force: true });
      make();
      const recordDir =
        expected === "norecord missing" && !readdirSync(dir).includes("place") ? `${place}/below` : place;
      const end = await deliver(shell, { command: count("true"), recordDir }).end;
      expect(said(end)).toEqual([expected, "end -"]);
      expect([end.stdout.toString(), end.stderr.toString()]).toEqual(["", ""]);
    }
    const foreign = await deliver(shell, { recordDir: "/proc/self/task" }).end;
    expect(said(foreign)[0]).toMatch(/^norecord/);
    expect(starts()).toBe(0);
  });

  test("a directory that others may write, or below one such, is refused, with the mode", async () => {
    const above = join(dir, "my documents");
    const recordDir = join(above, "below it", "dwxrwxrwx 1 2");
    const cases: [number, number, number, string | undefined][] = [
      [0o700, 0o755, 0, undefined],
      [0o1700, 0o1777, 0, undefined],
      [0o700, 0o777, 0, "drwxrwxrwx"],
      [0o700, 0o775, 0, "drwxrwxr-x"],
      [0o1777, 0o755, 0, "drwxrwxrwt"],
      [0o770, 0o755, 0, "drwxrwx---"],
      [0o702, 0o755, 0, "drwx----w-"],
      [0o700, 0o755, 65_534, "drwxr-xr-x"],
    ];
    let begun = 0;
    for (const [mode, modeAbove, owner, refused] of cases) {
      rmSync(above, { recursive: true, force: true });
      mkdirSync(recordDir, { recursive: true });
      chmodSync(recordDir, mode);
      chmodSync(above, modeAbove);
      chownSync(above, owner, 0);
      const end = await deliver(shell, { command: count("true"), recordDir }).end;
      expect(said(end)).toEqual(
        refused === undefined ? ["end 0 -"] : [`norecord others:${refused}`, "end -"],
      );
      expect([end.stdout.toString(), end.stderr.toString()]).toEqual(["", ""]);
      begun += refused === undefined ? 1 : 0;
      expect(starts()).toBe(begun);
    }
  });
});
