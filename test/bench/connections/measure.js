// What a measured process tells of itself.

/** Processor time of all its threads so far. */
export function processorMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

export function memory() {
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  return { rss, heapUsed, external, arrayBuffers };
}

/** Waits for what is still under way and collects garbage: run node with --expose-gc. */
export async function settle() {
  for (let round = 0; round < 3; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    globalThis.gc();
  }
}

export function tell(figure) {
  process.stdout.write(`${JSON.stringify(figure)}\n`);
}

/** `atOnce` hosts at a time. */
export async function forEachHost(hosts, atOnce, work) {
  let next = 0;
  const one = async () => {
    while (next < hosts.length) {
      const host = hosts[next];
      next += 1;
      await work(host);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}
