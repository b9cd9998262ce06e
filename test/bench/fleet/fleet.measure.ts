import { test } from "vitest";
import { names } from "../../support/site.ts";
import { startSshd } from "../../support/sshd.ts";
import { rounds, warmUp } from "../bench-settings.ts";
import { cpuMs } from "../cpu-time.ts";
import { report } from "../table.ts";
import { bareLoop } from "./bare-contender.ts";
import type { Contender, Fleet, Lap } from "./contender.ts";
import { fleetTables } from "./fleet-tables.ts";
import { installedRivals } from "./rival-contenders.ts";
import { roadrunner } from "./roadrunner-contender.ts";

const HOSTS = 200;
const AT_ONCE = 64;
/** The second command is short: five of them make a figure. More of them show what a process costs that is warm. */
const PASSES = Number(process.env["RR_BENCH_PASSES"] ?? "6");

test("fleet", { timeout: 3_600_000 }, async () => {
  const { rivals, missing } = installedRivals();
  const ours = [
    bareLoop("bare ssh2 loop", "plain"),
    bareLoop("bare loop, same program, repeatable", "repeatable"),
    roadrunner("Roadrunner, repeatable", { delivery: "repeatable" }),
    bareLoop("bare loop, same program, once", "once"),
    roadrunner("Roadrunner, once", { delivery: "once" }),
  ];
  const others = process.env["RR_BENCH_RIVALS"] === "no" ? [] : rivals;
  const laps: Lap[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    for (const contender of ours) laps.push(await lap(contender, warmUp));
    for (const contender of others) laps.push(await lap(contender, 0));
    process.stdout.write(`round ${round} of ${rounds}\n`);
  }
  report("fleet", fleetTables(laps, { hosts: HOSTS, atOnce: AT_ONCE, warmUp, missing }), laps);
});

/** An sshd of its own for each lap: its children's times are its own, and nobody finds a warm connection. */
async function lap(contender: Contender, before: number): Promise<Lap> {
  const hosts = names("h", HOSTS);
  const sshd = await startSshd({ hosts, config: "MaxStartups 1000\nMaxSessions 100\nLogLevel INFO" });
  try {
    const fleet: Fleet = { sshd, names: hosts, atOnce: AT_ONCE, passes: PASSES, warmUp: before };
    const passes = await contender.run(fleet);
    const commands = passes.length + before;
    return { contender: contender.name, passes, commands, hostsCpuMs: await hostsCpu(sshd.pid) };
  } finally {
    await sshd.stop();
  }
}

/** A session's time reaches the listener when it has waited for it. */
async function hostsCpu(pid: number): Promise<number> {
  let last = -1;
  for (let ms = cpuOf(pid); ms !== last; ms = cpuOf(pid)) {
    last = ms;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  return last;
}

function cpuOf(pid: number): number {
  const { own, children } = cpuMs(pid);
  return own + children;
}
