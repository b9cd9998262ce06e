import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { startChild } from "../../support/child-program.ts";
import { startSshd, type Sshd } from "../../support/sshd.ts";
import { rounds } from "../bench-settings.ts";
import { ratios, spreadText } from "../spread.ts";
import { report } from "../table.ts";

const COMPARE = fileURLToPath(new URL("./compare.js", import.meta.url));
const HOSTS = 200;
const AT_ONCE = 64;
/** Rounds in one process, the first of which pays for code that the engine has not compiled yet. */
const WARM_ROUNDS = 3;

/** Processor time of one connection and its first command, and of a second command, in milliseconds. */
interface Round {
  readonly round: number;
  readonly firstMs: number;
  readonly secondMs: number;
}

test("what a login costs the worker's processor", { timeout: 3_600_000 }, async () => {
  const sshd = await startSshd({ hosts: HOSTS, config: "LogLevel INFO" });
  try {
    const data: { pool: Round[]; ssh2: Round[] } = { pool: [], ssh2: [] };
    // In turns: what slows one slows the other.
    for (let round = 1; round <= rounds; round += 1) {
      for (const by of ["pool", "ssh2"] as const) data[by].push(...(await roundsOf(by, sshd)));
    }
    const cold = (of: readonly Round[]) => of.filter(({ round }) => round === 1);
    const warm = (of: readonly Round[]) => of.filter(({ round }) => round > 1);
    const row = (name: string, figures: (of: readonly Round[]) => number[]) => [
      name,
      spreadText(figures(data.pool), 2),
      spreadText(figures(data.ssh2), 2),
      spreadText(ratios(figures(data.pool), figures(data.ssh2)), 2),
    ];
    const table = {
      title: "Processor time of logins and commands",
      about: `\`true\` on ${HOSTS} addresses of one sshd, ${AT_ONCE} at once, key login: milliseconds of processor time each, in a process with the worker's connections and nothing else, and in one with ssh2 and nothing else; median of the rounds (least to most).`,
      columns: ["", "the worker's connections", "ssh2 alone", "ratio"],
      rows: [
        row("login and first command, process just started", (of) => cold(of).map(({ firstMs }) => firstMs)),
        row("login and first command", (of) => warm(of).map(({ firstMs }) => firstMs)),
        row("second command", (of) => warm(of).map(({ secondMs }) => secondMs)),
      ],
    };
    report("handshakes", [table], data);
    expect(data.pool.length + data.ssh2.length).toBe(2 * rounds * WARM_ROUNDS);
  } finally {
    await sshd.stop();
  }
});

async function roundsOf(by: "pool" | "ssh2", sshd: Sshd): Promise<Round[]> {
  const { sshConfigFile, clientKey, dir, port, user, hosts } = sshd;
  const hostKeyFile = join(dir, "host_key.pub");
  const job = {
    by,
    sshConfigFile,
    clientKey,
    hostKeyFile,
    port,
    user,
    hosts,
    atOnce: AT_ONCE,
    rounds: WARM_ROUNDS,
  };
  const child = startChild(process.execPath, [COMPARE, JSON.stringify(job)]);
  const { code } = await child.exited;
  if (code !== 0) throw new Error(`compare.js ended with ${code}:\n${child.output()}`);
  return child
    .stdout()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Round);
}
