import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RemoteTask } from "../../packages/worker/src/program/remote-task.ts";
import { type LocalEnd } from "../../packages/worker/test/program/local-shell.ts";
import { remoteTask } from "../../packages/worker/test/program/task.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { deliverTask, startKiller, BOTH_WAYS } from "./local-programs.ts";

failOnLeftovers();

/**
 * How long a command runs, and when its kill begins. Whoever kills looks at all processes first, which takes some
 * hundredths of a second: most of these end in that time. The last two leave no doubt, however busy the machine is.
 */
const RACES_MS: readonly (readonly [runs: number, killAfter: number])[] = [
  ...Array.from({ length: 6 }, (_, step) => [350 - 16 * step, 300] as const),
  [600_000, 100],
  [10, 600_000],
];

let temp: TempDir;
beforeEach(() => {
  temp = makeTempDir("kill-race");
});
afterEach(() => {
  temp.remove();
});

function raceTask(round: number, fields: Partial<RemoteTask>): RemoteTask {
  return remoteTask({
    delivery: "once",
    onDisconnect: "finish",
    recordKey: `race${round}`.padEnd(26, "x"),
    recordDir: temp.path,
    ...fields,
  });
}

interface Race {
  readonly end: LocalEnd;
  /** Its last line has run. */
  readonly done: boolean;
}

/** What was told of these commands, each way once. Killed after its last line, it was killed all the same. */
function told(races: readonly Race[]): ReadonlySet<string> {
  return new Set(
    races.map(({ end, done }) => {
      const text = end.marks.find(({ word }) => word === "end")?.args.join(" ") ?? "nothing";
      return text === "0 -" && !done ? "0 of what was not done" : text;
    }),
  );
}

describe.each(BOTH_WAYS)("under %s", (_, shell) => {
  test("a command that ends by itself while its killer looks for it was not killed", async () => {
    const ends: Race[] = [];
    for (const [round, [runsMs, killAfterMs]] of RACES_MS.entries()) {
      const done = join(temp.path, `done${round}`);
      const task = raceTask(round, { command: `sleep ${runsMs / 1000}; echo >${done}` });
      const run = deliverTask(shell, task);
      await run.saw("start");
      await Promise.race([sleep(killAfterMs, undefined, { ref: false }), run.end]);
      const [end] = await Promise.all([run.end, startKiller(shell, task).end]);
      ends.push({ end, done: existsSync(done) });
    }
    expect(told(ends)).toEqual(new Set(["0 -", "143 cancelled"]));
  });

  test("a command that ends by itself while its time limit looks for it did not run out of time", async () => {
    const ends: Race[] = [];
    for (const [round, [runsMs, timeoutMs]] of RACES_MS.entries()) {
      const done = join(temp.path, `done${round}`);
      const task = raceTask(round, { command: `sleep ${runsMs / 1000}; echo >${done}`, timeoutMs });
      const run = deliverTask(shell, task);
      ends.push({ end: await run.end, done: existsSync(done) });
    }
    expect(told(ends)).toEqual(new Set(["0 -", "143 timedOut"]));
  });
});
