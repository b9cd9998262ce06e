// Takes and leaves one lock a few times, and dies with it by kill -9 at last: one of many that do so at once.
// Each time it holds the lock it makes a file that must not be there: `argv`: run-lock.js, folder, journal of the race.
import { appendFileSync, closeSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const [, , module, folder, log] = process.argv;
const { takeLock } = await import(module);
const alone = join(folder, "..", "alone");
const say = (what) => appendFileSync(log, `${what}\n`);

let left = 4;
while (left > 0) {
  const lock = await takeLock(folder, "flow deploy");
  if (!lock.ok) {
    if (lock.error !== "taken") say(`FAULT ${lock.error.reason}`);
    await sleep(Math.random() * 20);
    continue;
  }
  try {
    closeSync(openSync(alone, "wx"));
  } catch {
    say("VIOLATION");
  }
  left -= 1;
  await sleep(Math.random() * 10);
  say("held");
  rmSync(alone, { force: true });
  if (left === 0) process.kill(process.pid, "SIGKILL");
  lock.value.release();
}
