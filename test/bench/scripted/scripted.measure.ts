import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "vitest";
import { startChild } from "../../support/child-program.ts";
import { startGearmand } from "../../support/gearmand.ts";
import { startSubmit } from "../../support/processes.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { until } from "../../support/until.ts";
import { rounds } from "../bench-settings.ts";
import { cpuMs } from "../cpu-time.ts";
import { spreadText } from "../spread.ts";
import { report } from "../table.ts";

const PLACES = 1000;
const WORKER = fileURLToPath(new URL("./scripted-worker.js", import.meta.url));

interface FlowSize {
  readonly hosts: number;
  readonly outputBytes: number;
  /** Hosts of one rack, of which one at a time may be in flight; absent: the job is spread over nothing. */
  readonly ofRack?: number;
}

const ONE_HOST: FlowSize = { hosts: 1, outputBytes: 0 };
/** `RR_BENCH_HOSTS=1000000`: a flow of so many hosts in place of these. */
const asked = process.env["RR_BENCH_HOSTS"];
const FLOWS: readonly FlowSize[] = [
  ONE_HOST,
  ...(asked === undefined
    ? [
        { hosts: 1_000, outputBytes: 0 },
        { hosts: 10_000, outputBytes: 0 },
        { hosts: 100_000, outputBytes: 0 },
        { hosts: 10_000, outputBytes: 10_000 },
        { hosts: 100_000, outputBytes: 1_000 },
        { hosts: 1_000, outputBytes: 0, ofRack: 20 },
        { hosts: 10_000, outputBytes: 0, ofRack: 20 },
        { hosts: 100_000, outputBytes: 0, ofRack: 20 },
      ]
    : [
        { hosts: Number(asked), outputBytes: 0 },
        { hosts: Number(asked), outputBytes: 0, ofRack: 20 },
      ]),
];

interface Lap {
  readonly flow: FlowSize;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMiB: number;
}

test("scripted", { timeout: 3_600_000 }, async () => {
  const laps: Lap[] = [];
  for (let round = 1; round <= rounds; round += 1) for (const flow of FLOWS) laps.push(await lap(flow));
  const of = (flow: FlowSize) => laps.filter((one) => one.flow === flow);
  // What a flow of one host takes is not a cost of its hosts.
  const startCpuMs = Math.min(...of(ONE_HOST).map((one) => one.cpuMs));
  const rows = FLOWS.map((flow) => {
    const own = of(flow);
    const cell = (figure: (lap: Lap) => number, digits: number) => spreadText(own.map(figure), digits);
    return [
      nameOf(flow),
      cell(({ wallMs }) => wallMs / 1000, 2),
      cell((one) => one.cpuMs / 1000, 2),
      flow.hosts === 1 ? "" : cell((one) => (one.cpuMs - startCpuMs) / flow.hosts, 3),
      cell(({ peakMiB }) => peakMiB, 0),
    ];
  });
  report(
    "scripted",
    [
      {
        title: "rr-submit with scripted hosts",
        about: `One job on all hosts, \`delivery: once\`, \`--output quiet\`, through gearmand; the worker of ${PLACES} places answers without SSH. Processor time and memory are those of rr-submit; the time each host costs leaves out that of a flow with one host.`,
        columns: ["", "wall, s", "processor, s", "each host, ms", "peak memory, MiB"],
        rows,
      },
    ],
    laps,
  );
});

function nameOf({ hosts, outputBytes, ofRack }: FlowSize): string {
  const output = outputBytes > 0 ? `, ${outputBytes / 1000} kB of output each` : "";
  const racks = ofRack === undefined ? "" : `, one at a time of each of ${hosts / ofRack} racks`;
  return `${hosts} hosts${output}${racks}`;
}

/** Racks of hosts that follow each other. */
function inventoryOf(hosts: number, ofRack: number): object {
  const racks = Array.from({ length: hosts / ofRack }, (_, rack) => [
    `h[${rack * ofRack + 1}-${(rack + 1) * ofRack}]`,
    { labels: { rack: `r${rack + 1}` } },
  ]);
  return { hosts: Object.fromEntries(racks) };
}

async function lap(flow: FlowSize): Promise<Lap> {
  const gearmand = await startGearmand();
  const temp = makeTempDir("bench");
  const args = [WORKER, gearmand.port, PLACES, flow.outputBytes].map(String);
  const worker = startChild(process.execPath, args);
  try {
    await until("the worker to register", async () => (await gearmand.status("rr-run")).workers === 1, {
      lastSeen: () => worker.output(),
    });
    const path = join(temp.path, "flow.json");
    const spread = flow.ofRack === undefined ? {} : { spread: { rack: 1 } };
    const job = { hosts: `h[1-${flow.hosts}]`, command: "true", ...spread };
    writeFileSync(path, JSON.stringify({ name: "bench", slots: [{ jobs: [job] }] }));
    const inventory = join(temp.path, "inventory.json");
    if (flow.ofRack !== undefined)
      writeFileSync(inventory, JSON.stringify(inventoryOf(flow.hosts, flow.ofRack)));
    const known = flow.ofRack === undefined ? [] : ["--inventory", inventory];
    const startMs = performance.now();
    const submit = startSubmit([path, "--servers", gearmand.server, ...known, "--output", "quiet", "--yes"]);
    const used = { cpuMs: 0, peakMiB: 0 };
    // The kernel tells of a process only while it is there.
    const timer = setInterval(() => look(submit.pid, used), 20);
    const { code } = await submit.exited;
    clearInterval(timer);
    if (code !== 0) throw new Error(`rr-submit ended with ${code}:\n${submit.stderr()}`);
    return { flow, wallMs: performance.now() - startMs, ...used };
  } finally {
    await worker.kill();
    await gearmand.stop();
    temp.remove();
  }
}

function look(pid: number, used: { cpuMs: number; peakMiB: number }): void {
  try {
    const kib = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    if (kib === undefined) return;
    used.peakMiB = Number(kib) / 1024;
    used.cpuMs = cpuMs(pid).own;
  } catch {
    // It has just ended.
  }
}
