import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { withdrawProgram } from "../../packages/worker/src/program/kill-program.ts";
import { digestOf } from "../../packages/worker/src/program/record.ts";
import type { AskedBefore } from "../../packages/worker/src/program/remote-task.ts";
import { freshNonce } from "../../packages/worker/src/visit/nonce.ts";
import { startLocally, type LocalRun } from "../../packages/worker/test/program/local-shell.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { BOTH_WAYS, deliverTask, OPENSSH, startKiller, type Shell } from "./local-programs.ts";
import {
  KEY,
  dir,
  onceTask,
  deliver,
  said,
  record,
  starts,
  count,
  BOOT,
  CONTAINER,
  uptimeTicks,
  waitFor,
  useRecordDir,
} from "./record-ground.ts";

failOnLeftovers();

useRecordDir();

describe.each(BOTH_WAYS)("the end in the record, and what comes after it, under %s", (_, shell) => {
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
    const same = { bootId: BOOT, container: CONTAINER };
    expect(await asked({ boot: same })).toEqual(["end 0 -"]);
    for (const before of [{}, { began: same }, { boot: other }]) {
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
