import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "vitest";
import { makeKeys } from "../../security/keys.ts";
import { names } from "../../support/site.ts";
import { startSshd } from "../../support/sshd.ts";
import { rounds, warmUp } from "../bench-settings.ts";
import type { Contender } from "../fleet/contender.ts";
import { roadrunner } from "../fleet/roadrunner-contender.ts";
import { ratios, spread, spreadText } from "../spread.ts";
import { report } from "../table.ts";

const HOSTS = 200;
const AT_ONCE = 64;
const PASSES = 6;

interface Lap {
  readonly contender: string;
  /** Second commands per second. */
  readonly rate: number;
  /** Milliseconds of processor time for each command. */
  readonly workerMs: number;
  readonly submitMs: number;
}

test("protection", { timeout: 3_600_000 }, async () => {
  const keys = makeKeys();
  const laps: Lap[] = [];
  try {
    const contenders = variants(keys.make("alice"), keys.allow("allowed_signers", "alice"));
    for (let round = 1; round <= rounds; round += 1)
      for (const contender of contenders) laps.push(await lap(contender));
  } finally {
    keys.remove();
  }
  const of = (name: string) => laps.filter(({ contender }) => contender === name);
  const rates = (name: string) => of(name).map(({ rate }) => rate);
  const rows = [...new Set(laps.map(({ contender }) => contender))].map((name) => [
    name,
    spreadText(rates(name), 0),
    spreadText(ratios(rates(name), rates("once")), 2),
    spreadText(
      of(name).map(({ workerMs }) => workerMs),
      2,
    ),
    spreadText(
      of(name).map(({ submitMs }) => submitMs),
      2,
    ),
  ]);
  report(
    "protection",
    [
      {
        title: "What each protection costs",
        about: `The second command on ${HOSTS} hosts, ${AT_ONCE} at once, through the whole of Roadrunner. "once" is the default: record, and relays that outlive the connection.`,
        columns: ["", "hosts/s", "of once", "rr-worker, ms each", "rr-submit, ms each"],
        rows,
      },
    ],
    laps,
  );
});

function variants(signKey: string, allowedSigners: string): Contender[] {
  const files = { alice: readFileSync(signKey, "utf8"), pool: `${randomBytes(32).toString("hex")}\n` };
  const signed = {
    workerArgs: ["--allowed-signers", allowedSigners],
    submitArgs: ["--sign-key", "%d/alice"],
  };
  const sealed = ["--pool-key-file", "%d/pool"];
  return [
    roadrunner("repeatable", { delivery: "repeatable" }),
    roadrunner("once, attached (no relay)", { delivery: "once", onDisconnect: "attached" }),
    roadrunner("once", { delivery: "once" }),
    roadrunner("once, signed", { delivery: "once", files, ...signed }),
    roadrunner("once, sealed", { delivery: "once", files, workerArgs: sealed, submitArgs: sealed }),
  ];
}

async function lap(contender: Contender): Promise<Lap> {
  const hosts = names("h", HOSTS);
  const sshd = await startSshd({ hosts, config: "MaxStartups 1000\nMaxSessions 100\nLogLevel INFO" });
  try {
    const passes = await contender.run({ sshd, names: hosts, atOnce: AT_ONCE, passes: PASSES, warmUp });
    const later = passes.slice(1);
    const cpu = (process: string) => spread(later.map(({ cpuMs }) => (cpuMs[process] ?? Number.NaN) / HOSTS));
    return {
      contender: contender.name,
      rate: (1000 * HOSTS) / spread(later.map(({ ms }) => ms)).median,
      workerMs: cpu("rr-worker").median,
      submitMs: cpu("rr-submit").median,
    };
  } finally {
    await sshd.stop();
  }
}
