import { test } from "vitest";
import { names } from "../../support/site.ts";
import { findDescendants } from "../../support/processes-of.ts";
import { startSshd, type Sshd } from "../../support/sshd.ts";
import { until } from "../../support/until.ts";
import { rounds, warmUp } from "../bench-settings.ts";
import { cpuMs } from "../cpu-time.ts";
import { report } from "../table.ts";
import { bareLoop } from "./bare-contender.ts";
import type { Contender, Fleet, Lap } from "./contender.ts";
import { fleetTables } from "./fleet-tables.ts";
import { installedRivals } from "./rival-contenders.ts";
import { roadrunner } from "./roadrunner-contender.ts";

const HOSTS = Number(process.env["RR_BENCH_HOSTS"] ?? "200");
const AT_ONCE = 64;
/** The second command is short: five of them make a figure. More of them show what a process costs that is warm. */
const PASSES = Number(process.env["RR_BENCH_PASSES"] ?? "6");
/** A regular expression: only contenders whose name it matches take part, for a first look. */
const ONLY = new RegExp(process.env["RR_BENCH_ONLY"] ?? "");
const isAsked = ({ name }: Contender): boolean => ONLY.test(name);

test("fleet", { timeout: 3_600_000 }, async () => {
  const { rivals, missing } = installedRivals();
  const ours = [
    bareLoop("bare ssh2 loop", "plain"),
    bareLoop("bare loop, same program, repeatable", "repeatable"),
    roadrunner("Roadrunner, repeatable", { delivery: "repeatable" }),
    bareLoop("bare loop, same program, once", "once"),
    roadrunner("Roadrunner, once", { delivery: "once" }),
    roadrunner("Roadrunner, once, a shell each", { delivery: "once", workerArgs: ["--keep-shell", "0s"] }),
  ];
  const others = process.env["RR_BENCH_RIVALS"] === "no" ? [] : rivals;
  const laps: Lap[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    for (const contender of ours.filter(isAsked)) laps.push(await lap(contender, warmUp));
    for (const contender of others.filter(isAsked)) laps.push(await lap(contender, 0));
    process.stdout.write(`round ${round} of ${rounds}\n`);
  }
  report("fleet", fleetTables(laps, { hosts: HOSTS, atOnce: AT_ONCE, warmUp, missing }), laps);
});

/**
 * Servers of its own for each lap: their children's times are its own, and nobody finds a warm connection. Each host has
 * process numbers of its own.
 */
async function lap(contender: Contender, before: number): Promise<Lap> {
  const hosts = names("h", HOSTS);
  const config = "MaxStartups 1000\nMaxSessions 100\nLogLevel INFO";
  const sshd = await startSshd({ hosts, config, apart: true });
  try {
    const startMs = await hostsCpu(sshd);
    const fleet: Fleet = {
      sshd,
      names: hosts,
      atOnce: AT_ONCE,
      passes: PASSES,
      warmUp: before,
      isApart: true,
    };
    const passes = await contender.run(fleet);
    const commands = passes.length + before;
    return { contender: contender.name, passes, commands, hostsCpuMs: (await hostsCpu(sshd)) - startMs };
  } finally {
    await sshd.stop();
  }
}

/** A session's time reaches its listener when that has waited for it. */
async function hostsCpu(sshd: Sshd): Promise<number> {
  await until("connections to end", () => sshd.connections() === 0);
  let last = -1;
  for (let ms = cpuOf(sshd.pid); ms !== last; ms = cpuOf(sshd.pid)) {
    last = ms;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  return last;
}

function cpuOf(parent: number): number {
  return findDescendants(parent)
    .map(({ pid }) => cpuMs(pid))
    .reduce((sum, { own, children }) => sum + own + children, 0);
}
