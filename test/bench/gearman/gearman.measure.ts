import { fileURLToPath } from "node:url";
import { test } from "vitest";
import { startChild } from "../../support/child-program.ts";
import { startGearmand, type Gearmand } from "../../support/gearmand.ts";
import { until } from "../../support/until.ts";
import { rounds } from "../bench-settings.ts";
import { cpuMs } from "../cpu-time.ts";
import { ratios, spread, spreadText } from "../spread.ts";
import { report } from "../table.ts";

const JOBS = 10_000;
/** After one that warms up; a lap is the median of them. */
const WARM_ROUNDS = 6;
const program = (name: string) => fileURLToPath(new URL(name, import.meta.url));

type Make = "raw" | "adapter";
type Pair = readonly [client: Make, worker: Make];
const FLOOR: Pair = ["raw", "raw"];
const PAIRS: readonly Pair[] = [FLOOR, ["adapter", "raw"], ["raw", "adapter"], ["adapter", "adapter"]];

interface Lap {
  readonly pair: string;
  readonly inFlight: number;
  /** Null jobs per second, submit to completion. */
  readonly rate: number;
  /** Microseconds of processor time for each job. */
  readonly clientUs: number;
  readonly workerUs: number;
}

test("gearman", { timeout: 1_800_000 }, async () => {
  const gearmand = await startGearmand();
  const laps: Lap[] = [];
  try {
    for (let round = 1; round <= rounds; round += 1) {
      // Each is the first as often as the others.
      const turned = PAIRS.map((_, index) => PAIRS[(index + round) % PAIRS.length] ?? FLOOR);
      for (const inFlight of [50, 500])
        for (const [client, worker] of turned) laps.push(await lap(gearmand, client, worker, inFlight));
    }
  } finally {
    await gearmand.stop();
  }
  const tables = [50, 500].map((inFlight) => {
    const of = (pair: string) => laps.filter((one) => one.inFlight === inFlight && one.pair === pair);
    const floor = of("raw, raw").map(({ rate }) => rate);
    return {
      title: `${inFlight} in flight`,
      about: `${JOBS} null jobs through gearmand, submit to completion; client and worker are processes of their own. "Raw" is a bare socket, which writes once for each piece that it reads.`,
      columns: ["client, worker", "jobs/s", "of raw sockets", "client, µs each", "worker, µs each"],
      rows: PAIRS.map((names) => {
        const own = of(names.join(", "));
        const rates = own.map(({ rate }) => rate);
        return [
          names.join(", "),
          spreadText(rates, 0),
          spreadText(ratios(rates, floor), 2),
          spreadText(
            own.map(({ clientUs }) => clientUs),
            0,
          ),
          spreadText(
            own.map(({ workerUs }) => workerUs),
            0,
          ),
        ];
      }),
    };
  });
  report("gearman", tables, laps);
});

async function lap(gearmand: Gearmand, client: Make, worker: Make, inFlight: number): Promise<Lap> {
  const working = startChild(process.execPath, [program("null-worker.js"), worker, String(gearmand.port)]);
  try {
    await until("the worker to register", async () => (await gearmand.status("null")).workers === 1, {
      lastSeen: () => working.output(),
    });
    const args = [client, gearmand.port, JOBS, inFlight, WARM_ROUNDS].map(String);
    const submitting = startChild(process.execPath, [program("null-client.js"), ...args]);
    // A line comes at the end of each round: what the worker has used between them is that of warm rounds.
    const workerMs: number[] = [];
    submitting.onStdout(() => workerMs.push(cpuMs(working.pid).own));
    const { code } = await submitting.exited;
    if (code !== 0) throw new Error(`the client ended with ${code}:\n${submitting.output()}`);
    const lines = submitting.stdout().trim().split("\n");
    const warm = lines.map((line) => JSON.parse(line) as { ms: number; cpuMs: number });
    const middle = (figure: (one: { ms: number; cpuMs: number }) => number) =>
      spread(warm.map(figure)).median;
    return {
      pair: `${client}, ${worker}`,
      inFlight,
      rate: (1000 * JOBS) / middle(({ ms }) => ms),
      clientUs: (1000 * middle((one) => one.cpuMs)) / JOBS,
      workerUs: (1000 * ((workerMs.at(-1) ?? NaN) - (workerMs[0] ?? NaN))) / (JOBS * (workerMs.length - 1)),
    };
  } finally {
    await working.kill();
  }
}
