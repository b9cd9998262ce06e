// Holds connections to many hosts in a process of its own, so that memory and processor time are theirs
// alone. Takes its input as JSON in argv, writes a line of JSON for each thing it has measured.
import { createSshHosts } from "../../../packages/worker/dist/ssh/hosts.js";
import { forEachHost, memory, processorMs, settle, tell } from "./measure.js";

const { sshConfigFile, hosts, stops, atOnce, keepAliveMs, holdMs, untilIdle } = JSON.parse(process.argv[2]);

const pool = createSshHosts({ sshConfigFiles: [sshConfigFile], keepAliveMs, maxConnections: hosts.length });
const command = "echo x >>$RR_TEST_DIR/ran";

async function run(host) {
  const lease = await pool.connect({ host, connectTimeoutMs: 120_000 });
  if (!lease.ok) throw new Error(lease.error.message);
  const channel = await lease.value.exec(command);
  if (!channel.ok) throw new Error(channel.error.message);
  channel.value.onData(() => {});
  const end = await channel.value.ended;
  lease.value.release();
  if (end.kind !== "exit" || end.code !== 0) throw new Error(`${host}: ${JSON.stringify(end)}`);
}

async function timed(targets) {
  const startedAt = performance.now();
  const before = processorMs();
  await forEachHost(targets, atOnce, run);
  return { ms: performance.now() - startedAt, processorMs: processorMs() - before };
}

await settle();
tell({ at: "memory", connections: 0, ...memory() });
let opened = 0;
for (const stop of stops) {
  const cost = await timed(hosts.slice(opened, stop));
  tell({ at: "opened", from: opened, to: stop, ...cost });
  opened = stop;
  await settle();
  tell({ at: "memory", connections: pool.stats().connections, ...memory() });
}
const secondAt = performance.now();
const second = await timed(hosts.slice(0, opened));
tell({ at: "second command", connections: pool.stats().connections, ...second });

await settle();
const before = processorMs();
await new Promise((resolve) => setTimeout(resolve, holdMs));
tell({
  at: "held",
  connections: pool.stats().connections,
  ms: holdMs,
  processorMs: processorMs() - before,
  ...memory(),
});

if (untilIdle) {
  const lastAt = secondAt + second.ms + keepAliveMs;
  while (pool.stats().connections > 0 && performance.now() < lastAt + 30_000)
    await new Promise((resolve) => setTimeout(resolve, 100));
} else await pool.close();
await settle();
tell({ at: "closed", connections: pool.stats().connections, ...memory() });
await pool.close();
