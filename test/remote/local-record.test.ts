import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { withdrawProgram } from "../../packages/worker/src/program/kill-program.ts";
import { freshNonce } from "../../packages/worker/src/visit/nonce.ts";
import { digestOf } from "../../packages/worker/src/program/record.ts";
import type { AskedBefore, RemoteTask } from "../../packages/worker/src/program/remote-task.ts";
import {
  startLocally,
  type LocalEnd,
  type LocalRun,
} from "../../packages/worker/test/program/local-shell.ts";
import { until } from "../support/until.ts";
import { remoteTask } from "../../packages/worker/test/program/task.ts";
import { deliverTask, OPENSSH, startKiller, BOTH_WAYS, type Shell } from "./local-programs.ts";

const KEY = "abcdefghijklmnopqrstuvwxyz";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "rr-record-"));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

function onceTask(fields: Partial<RemoteTask> = {}): RemoteTask {
  return remoteTask({ delivery: "once", onDisconnect: "finish", recordKey: KEY, recordDir: dir, ...fields });
}

function deliver(shell: Shell, fields: Partial<RemoteTask> = {}): LocalRun {
  return deliverTask(shell, onceTask(fields));
}

/** What it said after its start mark and its claim, without the heartbeats. */
function said(end: LocalEnd): string[] {
  return (
    end.marks
      // Where it was withdrawn, and how old that is, differs.
      .map(({ word, args }) => (word === "withdrawn" ? word : [word, ...args].join(" ")))
      .filter((text) => !/^(hello|start|claimed|wait)/.test(text))
  );
}

const record = (attempt = 1): string => readFileSync(join(dir, `${KEY}.${attempt}`), "utf8");
const starts = (): number =>
  readdirSync(dir).includes("starts") ? readFileSync(join(dir, "starts"), "utf8").length : 0;
const count = (more: string): string => `printf x >>${dir}/starts; ${more}`;
const BOOT = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
/** When the first process of this container was started. */
const CONTAINER =
  readFileSync("/proc/1/stat", "utf8")
    .replace(/^.*\) /s, "")
    .split(" ")[19] ?? "";
const uptimeTicks = (): number => Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 100;
const HOSTNAME = readFileSync("/proc/sys/kernel/hostname", "utf8").trim();

/** A record as some earlier delivery left it. */
function recordText(
  fields: {
    first?: string;
    command?: string;
    boot?: string;
    pid?: number;
    hostname?: string;
  } = {},
): string {
  const { first = "running", command = "true", boot = BOOT, pid = 1, hostname = HOSTNAME } = fields;
  const digest = digestOf(onceTask({ command }));
  return `${first}\nc 1 nonce ${boot} ${pid} 999999999 ${pid} ${digest} ${hostname} .\n`;
}

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

  test("a waiter whose channel is gone ends", async () => {
    const first = deliver(shell, { command: "sleep 30" });
    await first.saw("start");
    await waitFor(() => readdirSync(dir).includes(`${KEY}.1`));
    const second = deliver(shell, { command: "sleep 30" });
    await second.saw("wait");
    second.disconnect();
    expect((await second.end).exitCode).not.toBe(0);
    process.kill(-first.pid, "SIGKILL");
    await first.end;
  });

  test("a wrapper that is killed leaves an orphan to wait for, and then nothing to know", async () => {
    const go = join(dir, "go");
    const command = count(`while [ ! -e ${go} ]; do sleep 0.1; done`);
    const first = deliver(shell, { command });
    const start = await first.saw("start");
    await waitFor(() => starts() === 1);
    process.kill(Number(start.args[0]), "SIGKILL");
    const second = deliver(shell, { command });
    await second.saw("wait");
    writeFileSync(go, "");
    expect(said(await second.end)).toEqual(["exists", "unknown gone", "end -"]);
    first.hangUp();
    await first.end;
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

  test("a record of somebody else is none to believe", async () => {
    const path = join(dir, `${KEY}.1`);
    writeFileSync(path, recordText({ first: "end 000" }));
    chownSync(path, 65_534, 65_534);
    const end = await deliver(shell, { command: count("true") }).end;
    expect(said(end)).toEqual(["exists", "unknown torn", "end -"]);
    expect(starts()).toBe(0);
  });

  test("a new attempt waits for the last one's end, and closes one that never began", async () => {
    const first = deliver(shell, { command: count(`until [ -e ${dir}/go ]; do sleep 0.1; done; exit 3`) });
    await first.saw("start");
    await waitFor(() => readdirSync(dir).includes(`${KEY}.1`));
    const tooEarly = await deliver(shell, { command: count("exit 4"), attempt: 2 }).end;
    writeFileSync(join(dir, "go"), "");
    expect(said(tooEarly)).toEqual(["prior 1", "end -"]);
    expect(said(await first.end)).toEqual(["end 3 -"]);
    expect(said(await deliver(shell, { command: count("exit 4"), attempt: 2 }).end)).toEqual(["end 4 -"]);
    expect(said(await deliver(shell, { command: count("exit 5"), attempt: 4 }).end)).toEqual(["end 5 -"]);
    expect(record(3)).toBe("withdrawn\n");
    expect(said(await deliver(shell, { command: count("exit 6"), attempt: 3 }).end)).toEqual([
      "exists",
      "withdrawn",
      "end -",
    ]);
    expect(starts()).toBe(3);
  });

  test("a host that does not remember starts nothing that may have been started", async () => {
    const command = count("true");
    const asked = async (askedBefore: AskedBefore) =>
      said(await deliver(shell, { command, askedBefore }).end);
    const [unproved] = await asked({});
    const [, boot, container, up] = /^unproved (\S+) (\d+) (\d+)$/.exec(unproved ?? "") ?? [];
    expect([boot, container]).toEqual([BOOT, CONTAINER]);
    expect(Math.abs(Number(up) - (uptimeTicks() - Number(CONTAINER)))).toBeLessThan(6000);
    expect(await asked({ began: {} })).toEqual([`forgotten ${BOOT} ${CONTAINER}`, "end -"]);
    const other = { bootId: BOOT.replace(/^./, "z"), container: CONTAINER };
    expect(await asked({ boot: other })).toEqual(["restarted", "end -"]);
    expect(await asked({ boot: { bootId: BOOT, container: "1" } })).toEqual(["restarted", "end -"]);
    expect(starts()).toBe(0);
    const boot = { bootId: BOOT, container: CONTAINER };
    expect(await asked({ boot })).toEqual(["end 0 -"]);
    for (const before of [{}, { began: boot }, { boot: other }]) {
      expect((await asked(before))[1]).toMatch(/^recorded 000/);
    }
    expect(starts()).toBe(1);
  });

  test("containers of one boot are told apart by their first process, and so is their age", async () => {
    const inside: Shell = ["unshare", "--pid", "--fork", "--mount-proc", ...shell];
    const run = deliverTask(inside, onceTask({ askedBefore: {} }));
    const unproved = await run.saw("unproved");
    const [boot, container, up] = unproved.args;
    await run.end;
    expect(boot).toBe(BOOT);
    expect(Number(container)).toBeGreaterThan(Number(CONTAINER));
    expect(Number(up)).toBeLessThan(3000);
  });

  test("the time limit is recorded as such", async () => {
    const end = await deliver(shell, { command: "sleep 30", timeoutMs: 200 }).end;
    expect(said(end)).toEqual(["end 143 timedOut"]);
    expect(record()).toMatch(/^tim 143\nc .*\nh +\d+ *\ns \d+ \d+\n$/);
  });

  test("withdrawn, it never starts; too late, its state is told", async () => {
    const task = onceTask({ command: count("sleep 1; exit 2") });
    const withdraw = (): LocalRun => {
      const nonce = freshNonce();
      return startLocally(shell, withdrawProgram(task, digestOf(task), nonce, OPENSSH), nonce);
    };
    for (const time of ["first", "second"]) {
      const { marks } = await withdraw().end;
      const told = marks.find(({ word }) => word === "withdrawn")?.args ?? [];
      expect([time, ...told.slice(0, 2)]).toEqual([time, BOOT, CONTAINER]);
      expect(Number(told[2])).toBeGreaterThan(0);
    }
    expect(said(await deliver(shell, { command: task.command as string }).end)).toEqual([
      "exists",
      "withdrawn",
      "end -",
    ]);
    rmSync(join(dir, `${KEY}.1`));
    const run = deliver(shell, { command: task.command as string });
    await run.saw("start");
    await waitFor(() => readdirSync(dir).includes(`${KEY}.1`));
    expect((await withdraw().end).marks.some(({ word }) => word === "wait")).toBe(true);
    await run.end;
    expect(said(await withdraw().end)).toEqual([`recorded 002 - ${BOOT}`, "end -"]);
  });

  test("killed by its record alone, the program itself records and tells the end", async () => {
    const fields = { command: count(`(sleep 71 &); timeout 72 sleep 72`), killGraceMs: 500 };
    const run = deliver(shell, fields);
    // The claim comes before the command: what is claimed only would be found gone, and told so.
    await waitFor(() => starts() === 1);
    const killer = await startKiller(shell, onceTask(fields)).end;
    expect(said(killer)).toEqual([`recorded 143 cancelled ${BOOT}`, "end -"]);
    expect(said(await run.end)).toEqual(["end 143 cancelled"]);
    expect(record()).toMatch(/^can 143\n/);
  });

  test("of a wrapper that is dead the killer ends what is left, and records it", async () => {
    const fields = { command: count("sleep 73 & wait"), killGraceMs: 500 };
    const run = deliver(shell, fields);
    const start = await run.saw("start");
    await waitFor(() => starts() === 1);
    process.kill(Number(start.args[0]), "SIGKILL");
    expect(said(await startKiller(shell, onceTask(fields)).end)).toEqual([
      `recorded 137 cancelled ${BOOT}`,
      "end -",
    ]);
    run.hangUp();
    await run.end;
    expect(said(await deliver(shell, fields).end)[1]).toBe(`recorded 137 cancelled ${BOOT}`);
  });
});

/** A condition whose file may not be there yet. */
async function waitFor(condition: () => boolean): Promise<void> {
  await until("the condition", () => {
    try {
      return condition();
    } catch {
      return false;
    }
  });
}
