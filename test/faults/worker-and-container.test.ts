import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";
import { until } from "../support/until.ts";
import { carry } from "./carry.ts";
import { FaultSite } from "./fault-site.ts";
import { loggedCommand } from "./host-log.ts";

failOnLeftovers();

let sshd: Sshd;
beforeAll(async () => {
  sshd = await startSshd({ hosts: ["h1"] });
});
afterAll(async () => {
  await sshd.stop();
});

/** Longer than the worker and the container are away, shorter than what waits for its end. */
const COMMAND = loggedCommand("sleep 4");
const BOUND_MS = 110_000;

/** One worker and one host, both of which die a second after the command was started there. */
async function loseBoth(job: object): Promise<{ starts: number; ended: unknown }> {
  const site = await FaultSite.start({
    sshd,
    hosts: ["h1"],
    containers: 1,
    workers: 1,
    concurrency: 4,
    signed: false,
  });
  try {
    const flow = join(site.dir, "flow.json");
    const env = { FAULT_DIR: site.hostDir };
    writeFileSync(
      flow,
      JSON.stringify({ slots: [{ jobs: [{ name: "j", hosts: "h1", command: COMMAND, env, ...job }] }] }),
    );
    const carried = carry(site, flow, AbortSignal.timeout(BOUND_MS));
    await until("the command to start", () => site.logs().get("h1")?.at(-1)?.kind === "start");
    await sleep(1000);
    site.apply({ kind: "killWorker", worker: 0, forMs: 2000 });
    site.apply({ kind: "renewHost", container: 0 });
    const { events, problems } = await carried;
    expect(problems).toEqual([]);
    await site.leave(20_000);
    const starts = (site.logs().get("h1") ?? []).filter(({ kind }) => kind === "start").length;
    return { starts, ended: events.findLast(({ type }) => type === "task.ended") };
  } finally {
    await site.stop();
  }
}

it.concurrent.each([
  ["with a time limit", { timeout: "60s" }],
  ["without one", {}],
])(
  "worker and container die, and nothing of the record is left: one start, %s",
  async (_, job) => {
    const { starts, ended } = await loseBoth(job);
    expect(starts).toBe(1);
    expect(ended).toMatchObject({ outcome: "unknown", final: true });
  },
  BOUND_MS + 30_000,
);
