import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import type { RunEvent } from "@roadrunner/core";
import { startGearmand } from "../../support/gearmand.ts";
import { runSubmit, startWorker } from "../../support/processes.ts";
import { eventsOf, names } from "../../support/site.ts";
import { startSshd } from "../../support/sshd.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { until } from "../../support/until.ts";
import { rounds } from "../bench-settings.ts";
import { spreadText } from "../spread.ts";
import { report } from "../table.ts";

const PLACES = 5;
const HOSTS_EACH = 40;
const SLEEP_MS = 1000;
const IDEAL_MS = (HOSTS_EACH / PLACES) * SLEEP_MS;

interface Lap {
  readonly workers: number;
  /** Of the slot of commands that sleep. */
  readonly wallMs: number;
}

test("workers", { timeout: 3_600_000 }, async () => {
  const laps: Lap[] = [];
  for (let round = 1; round <= rounds; round += 1)
    for (const workers of [1, 2, 4, 8]) laps.push({ workers, wallMs: await sleepingSlotMs(workers) });
  const rows = [1, 2, 4, 8].map((workers) => {
    const walls = laps.filter((lap) => lap.workers === workers).map(({ wallMs }) => wallMs);
    return [
      `${workers}`,
      `${workers * HOSTS_EACH}`,
      spreadText(
        walls.map((ms) => ms / 1000),
        2,
      ),
      spreadText(
        walls.map((ms) => ms / IDEAL_MS),
        3,
      ),
    ];
  });
  report(
    "workers",
    [
      {
        title: "More workers",
        about: `\`sleep 1\` on kept connections, ${HOSTS_EACH} hosts and ${PLACES} places a worker, each worker with a zone of its own: ideally ${IDEAL_MS / 1000} s, however many workers. All of them, gearmand, rr-submit and the hosts share this machine.`,
        columns: ["workers", "hosts", "wall, s", "of the ideal"],
        rows,
      },
    ],
    laps,
  );
});

/** One job for each zone, side by side: first `true` to connect, then the commands that sleep. */
async function sleepingSlotMs(workers: number): Promise<number> {
  const hosts = names("h", workers * HOSTS_EACH);
  const sshd = await startSshd({ hosts, config: "MaxStartups 1000\nMaxSessions 100\nLogLevel INFO" });
  const gearmand = await startGearmand();
  const temp = makeTempDir("bench");
  const running = names("z", workers).map((pool) =>
    startWorker([
      ...["--servers", gearmand.server, "--concurrency", String(PLACES), "--pool", pool],
      ...["--ssh-config", sshd.sshConfigFile, "--record-dir", join(temp.path, "records")],
    ]),
  );
  try {
    for (const pool of names("z", workers)) {
      await until(
        `${pool} to be served`,
        async () => (await gearmand.status(`rr-run.${pool}`)).workers === 1,
      );
    }
    const slot = (command: string) => ({
      jobs: names("z", workers).map((pool, zone) => ({
        name: `${command.split(" ")[0]}-${pool}`,
        hosts: hosts.slice(zone * HOSTS_EACH, (zone + 1) * HOSTS_EACH),
        command,
        pool,
        connectTimeout: "60s",
      })),
    });
    const flow = join(temp.path, "flow.json");
    writeFileSync(flow, JSON.stringify({ name: "bench", slots: [slot("true"), slot("sleep 1")] }));
    const args = [flow, "--servers", gearmand.server, "--output", "ndjson", "--yes"];
    const { code, stdout, stderr } = await runSubmit(args);
    if (code !== 0) throw new Error(`rr-submit ended with ${code}:\n${stderr}`);
    return slotMs(eventsOf(stdout), 2);
  } finally {
    await Promise.all(running.map((worker) => worker.stop()));
    await gearmand.stop();
    await sshd.stop();
    temp.remove();
  }
}

function slotMs(events: readonly RunEvent[], slot: number): number {
  const at = (type: "slot.started" | "slot.ended") => {
    const event = events.find((one) => one.type === type && one.slot === slot);
    return Date.parse(event?.time ?? "");
  };
  return at("slot.ended") - at("slot.started");
}
