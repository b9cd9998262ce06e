import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "vitest";
import { startChild, type ChildProgram } from "../../support/child-program.ts";
import { startGearmand, type Gearmand } from "../../support/gearmand.ts";
import { startPostgres } from "../../support/postgres.ts";
import { startCoordinator, startSubmit } from "../../support/processes.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { until } from "../../support/until.ts";
import { rounds } from "../bench-settings.ts";
import { ratios, spreadText } from "../spread.ts";
import { report } from "../table.ts";
import { ask, handOver, untilEnded, watch } from "./asking.ts";
import { usedBy, watchProcess, type Used } from "./used.ts";

const WORKER = fileURLToPath(new URL("../scripted/scripted-worker.js", import.meta.url));
const PLACES = 1000;
const HOSTS = Number(process.env["RR_BENCH_HOSTS"] ?? "100000");
const RUNS = 50;
const HOSTS_OF_RUN = 1000;
const WATCHERS = Number(process.env["RR_BENCH_WATCHERS"] ?? "200");

type StoreKind = "PostgreSQL" | "SQLite";
const STORES: readonly StoreKind[] = ["PostgreSQL", "SQLite"];

interface Lap extends Used {
  readonly what: string;
  readonly wallMs: number;
}

test("coordinator", { timeout: 7_200_000 }, async () => {
  const laps: Lap[] = [];
  const only = process.env["RR_BENCH_STORES"]?.split(",") ?? STORES;
  for (let round = 1; round <= rounds; round += 1) {
    laps.push(await alone());
    for (const store of STORES.filter((one) => only.includes(one))) laps.push(...(await carried(store)));
  }
  const of = (what: string) => laps.filter((one) => one.what === what);
  const bare = of(ALONE).map(({ wallMs }) => wallMs);
  const rows = [...new Set(laps.map(({ what }) => what))].map((what) => {
    const own = of(what);
    const walls = own.map(({ wallMs }) => wallMs);
    return [
      what,
      spreadText(
        walls.map((ms) => ms / 1000),
        1,
      ),
      spreadText(ratios(walls, bare), 2),
      spreadText(
        own.map((one) => one.cpuMs / 1000),
        1,
      ),
      spreadText(
        own.map(({ peakMiB }) => peakMiB),
        0,
      ),
    ];
  });
  report(
    "coordinator",
    [
      {
        title: "Runs through a coordinator",
        about: `\`delivery: once\`, through gearmand; a worker of ${PLACES} places answers without SSH. PostgreSQL forces each write to the disk, as it does by default. Processor time and memory are those of whoever carries the run.`,
        columns: ["", "wall, s", "of rr-submit alone", "processor, s", "peak memory, MiB"],
        rows,
      },
    ],
    laps,
  );
});

const ALONE = `${HOSTS} hosts, rr-submit alone`;

async function withWorker<T>(what: (gearmand: Gearmand, folder: string) => Promise<T>): Promise<T> {
  const gearmand = await startGearmand();
  const temp = makeTempDir("bench");
  const worker = startChild(process.execPath, [WORKER, ...[gearmand.port, PLACES, 0].map(String)]);
  try {
    await until("the worker to register", async () => (await gearmand.status("rr-run")).workers === 1, {
      lastSeen: () => worker.output(),
    });
    return await what(gearmand, temp.path);
  } finally {
    await worker.kill();
    await gearmand.stop();
    temp.remove();
  }
}

function flowIn(folder: string): string {
  const path = join(folder, "flow.json");
  const job = { hosts: `h[1-${HOSTS}]`, command: "true" };
  writeFileSync(path, JSON.stringify({ name: "bench", slots: [{ jobs: [job] }] }));
  return path;
}

async function alone(): Promise<Lap> {
  return withWorker(async (gearmand, folder) => {
    const flow = flowIn(folder);
    const startMs = performance.now();
    const submit = startSubmit([flow, "--servers", gearmand.server, "--output", "quiet", "--yes"]);
    const watched = watchProcess(submit.pid);
    await succeeded(submit);
    return { what: ALONE, wallMs: performance.now() - startMs, ...watched.end() };
  });
}

async function succeeded(submit: ChildProgram): Promise<void> {
  const { code } = await submit.exited;
  if (code !== 0) throw new Error(`rr-submit ended with ${code}:\n${submit.stderr()}`);
}

async function carried(kind: StoreKind): Promise<readonly Lap[]> {
  const postgres = kind === "PostgreSQL" ? await startPostgres({ fsync: true }) : undefined;
  try {
    return await withWorker(async (gearmand, folder) => {
      const socket = join(folder, "c.sock");
      const store = (await postgres?.makeDatabase()) ?? join(folder, "store.db");
      const args = ["--servers", gearmand.server, "--listen", `unix:${socket}`];
      const coordinator = startCoordinator(args, { env: { RR_STORE: store } });
      try {
        await until("the coordinator", async () => answers(socket), { lastSeen: () => coordinator.output() });
        return await measured(kind, coordinator.pid, socket, flowIn(folder));
      } finally {
        coordinator.signal("SIGTERM");
        await coordinator.exited;
      }
    });
  } finally {
    await postgres?.remove();
  }
}

async function answers(socket: string): Promise<boolean> {
  return ask(socket, "/api/v1/health").then(
    () => true,
    () => false,
  );
}

async function measured(kind: StoreKind, pid: number, socket: string, flow: string): Promise<readonly Lap[]> {
  const timed = async (what: string, does: () => Promise<void>): Promise<Lap> => {
    const before = usedBy(pid);
    const startMs = performance.now();
    await does();
    const after = usedBy(pid);
    const cpu = after.cpuMs - before.cpuMs;
    return {
      what: `${what}, ${kind}`,
      wallMs: performance.now() - startMs,
      cpuMs: cpu,
      peakMiB: after.peakMiB,
    };
  };
  const large = await timed(`${HOSTS} hosts, handed over and watched`, async () =>
    succeeded(startSubmit([flow, "--coordinator", `unix:${socket}`, "--output", "quiet", "--yes"])),
  );
  const many = await timed(`${RUNS} runs of ${HOSTS_OF_RUN} hosts at once`, async () => {
    const runs = Array.from({ length: RUNS }, (_, index) => handOver(`many-${index}`, HOSTS_OF_RUN));
    await Promise.all(runs.map(async (run) => ask(socket, "/api/v1/runs", run)));
    await untilEnded(
      socket,
      runs.map(({ run }) => run),
    );
  });
  const watched = await timed(`10000 hosts, ${WATCHERS} watchers`, async () => {
    const run = handOver("watched", 10_000);
    await ask(socket, "/api/v1/runs", run);
    const counts = await Promise.all(Array.from({ length: WATCHERS }, async () => watch(socket, run.run)));
    if (new Set(counts).size !== 1) throw new Error(`watchers saw ${[...new Set(counts)].join(", ")} events`);
  });
  const unwatched = await timed("10000 hosts, no watcher", async () => {
    const run = handOver("unwatched", 10_000);
    await ask(socket, "/api/v1/runs", run);
    await untilEnded(socket, [run.run]);
  });
  return [large, many, watched, unwatched];
}
