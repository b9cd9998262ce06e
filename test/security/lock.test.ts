import {
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isLocked, pruneLocks, takeLock } from "../../packages/engine/src/lock/run-lock.ts";
import { startChild } from "../support/child-program.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { runSubmit } from "../support/processes.ts";
import { until } from "../support/until.ts";

failOnLeftovers();

const BUILT = fileURLToPath(new URL("../../packages/engine/dist/lock/run-lock.js", import.meta.url));
const RACER = fileURLToPath(new URL("lock-racer.js", import.meta.url));
const RACERS = 20;

let temp: TempDir;
let runs = "";
beforeEach(() => {
  temp = makeTempDir("lock");
  runs = join(temp.path, "roadrunner", "runs");
});
afterEach(() => temp.remove());

const files = (): string[] => readdirSync(join(temp.path, "roadrunner", "locks"));

describe("a lock", () => {
  it("is held by one of twenty processes at a time, whoever is killed with it in his hands", async () => {
    const log = join(temp.path, "log");
    writeFileSync(log, "");
    const racers = Array.from({ length: RACERS }, () =>
      startChild(process.execPath, [RACER, BUILT, runs, log]),
    );
    const ends = await Promise.all(racers.map((racer) => racer.exited));
    expect(racers.map((racer) => racer.stderr()).join("")).toBe("");
    expect(ends.map(({ signal }) => signal)).toEqual(racers.map(() => "SIGKILL"));
    expect(readFileSync(log, "utf8")).toBe("held\n".repeat(4 * RACERS));
    // The last one died with it.
    expect(await isLocked(runs, "flow deploy")).toBe(false);
    const lock = await takeLock(runs, "flow deploy");
    expect(lock.ok).toBe(true);
    if (lock.ok) lock.value.release();
    expect(files()).toEqual([]);
  });

  it("is held by a process that is stopped, and free as soon as that is killed", async () => {
    const hold = `const { takeLock } = await import(process.argv[1]);
      await takeLock(process.argv[2], "x"); console.log("held"); setInterval(() => {}, 1000);`;
    const holder = startChild(process.execPath, ["--input-type=module", "-e", hold, BUILT, runs]);
    await holder.waitFor("held");
    holder.signal("SIGSTOP");
    expect(await takeLock(runs, "x")).toEqual({ ok: false, error: "taken" });
    expect(await isLocked(runs, "x")).toBe(true);
    await holder.kill();
    expect(await isLocked(runs, "x")).toBe(false);
    const lock = await takeLock(runs, "x");
    expect(lock.ok).toBe(true);
    if (lock.ok) lock.value.release();
  });

  it("lies in a folder of its owner alone; what dead processes left goes after a day", async () => {
    const lock = await takeLock(runs, "x");
    expect(statSync(join(temp.path, "roadrunner", "locks")).mode & 0o777).toBe(0o700);
    expect(files()).toHaveLength(2);
    const old = new Date(Date.now() - 48 * 3_600_000);
    const socket = files().find((name) => name.endsWith(".s")) ?? "";
    utimesSync(join(temp.path, "roadrunner", "locks", socket), old, old);
    await pruneLocks(runs, Date.now());
    expect(await isLocked(runs, "x")).toBe(true);
    if (lock.ok) lock.value.release();
    expect(files()).toEqual([]);
  });

  it("can be had where the folder's path is too long for a socket", async () => {
    const deep = join(temp.path, ...Array.from({ length: 6 }, () => "a-long-name-for-a-folder"), "runs");
    const lock = await takeLock(deep, "x");
    expect(lock.ok).toBe(true);
    expect(await takeLock(deep, "x")).toEqual({ ok: false, error: "taken" });
    if (lock.ok) lock.value.release();
    await until("it to be free", async () => !(await isLocked(deep, "x")));
  });
});

describe("a run whose state folder is another user's", () => {
  it("is refused, since he could hold its locks and write its journals", async () => {
    const state = join(temp.path, "state");
    mkdirSync(join(state, "roadrunner"), { recursive: true, mode: 0o777 });
    chownSync(join(state, "roadrunner"), 65534, 65534);
    const flow = join(temp.path, "flow.json");
    writeFileSync(flow, JSON.stringify({ slots: [{ jobs: [{ hosts: "h1", command: "true" }] }] }));
    const { code, stderr } = await runSubmit([flow, "--local"], { env: { XDG_STATE_HOME: state } });
    expect(stderr).toContain(`no lock can be had for the flow: ${state}/roadrunner belongs to another user`);
    expect(code).toBe(3);
  });
});
