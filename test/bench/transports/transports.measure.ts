import { expect, test } from "vitest";
import { names } from "../../support/site.ts";
import { startSshd } from "../../support/sshd.ts";
import { rounds } from "../bench-settings.ts";
import type { Fleet } from "../fleet/contender.ts";
import { roadrunner } from "../fleet/roadrunner-contender.ts";
import { report } from "../table.ts";
import { footprintOf, type Footprint } from "./footprint.ts";
import { transportTables, type TransportLap } from "./transport-tables.ts";

const HOSTS = Number(process.env["RR_BENCH_HOSTS"] ?? "500");
const AT_ONCE = Number(process.env["RR_BENCH_AT_ONCE"] ?? "64");
const PASSES = Number(process.env["RR_BENCH_PASSES"] ?? "4");
/** Longer than all passes take: what is measured is what is kept. */
const KEEP = ["--keep-alive", "1h", "--keep-shell", "1h"];

test("transports", { timeout: 3_600_000 }, async () => {
  const laps: TransportLap[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    for (const transport of ["builtin", "openssh"] as const) laps.push(await lap(transport));
    process.stdout.write(`round ${round} of ${rounds}\n`);
  }
  report("transports", transportTables(laps, { hosts: HOSTS, atOnce: AT_ONCE }), laps);
  expect(laps).toHaveLength(2 * rounds);
});

/** Hosts of its own: each has process numbers of its own, and nobody finds a warm connection. */
async function lap(transport: TransportLap["transport"]): Promise<TransportLap> {
  const hosts = names("h", HOSTS);
  const config = "MaxStartups 1000\nMaxSessions 100\nLogLevel INFO";
  const sshd = await startSshd({ hosts, config, apart: true });
  const looks: Partial<Record<"before" | "after", Footprint>> = {};
  let connections = 0;
  try {
    const contender = roadrunner(transport, {
      delivery: "once",
      workerArgs: [...KEEP, "--transport", transport],
      look: (when, pid) => {
        looks[when] = footprintOf(pid);
        connections = sshd.connections();
      },
    });
    const fleet: Fleet = {
      ...{ sshd, names: hosts, atOnce: AT_ONCE, passes: PASSES, warmUp: 0, isApart: true },
    };
    const passes = await contender.run(fleet);
    const { before, after } = looks;
    if (before === undefined || after === undefined) throw new Error("nobody has looked at rr-worker");
    return { transport, passes, before, after, connections };
  } finally {
    await sshd.stop();
  }
}
