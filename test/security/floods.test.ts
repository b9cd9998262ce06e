import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startGearmand, type Gearmand } from "../support/gearmand.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startSubmit, startWorker } from "../support/processes.ts";
import { eventsOf } from "../support/site.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { startRawWorker, type RawPeer } from "../gearman/raw-peers.ts";
import { Attacker } from "./attacker.ts";

failOnLeftovers();

let temp: TempDir;
let gearmand: Gearmand;
beforeEach(async () => {
  temp = makeTempDir("floods");
  gearmand = await startGearmand();
});
afterEach(async () => {
  await gearmand.stop();
  temp.remove();
});

/** Seconds of processor time that a process has taken. */
function cpuSeconds(pid: number): number {
  const [, fields = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
  const [user = 0, system = 0] = fields.split(" ").slice(11, 13).map(Number);
  return (user + system) / 100;
}

describe("whoever reaches the job server", () => {
  it("fills no worker's log: the first lines of a minute are written, the others counted", async () => {
    const worker = startWorker(["--servers", gearmand.server, "--id", "w1"], { home: temp.path });
    await until("it to register", async () => (await gearmand.status("rr-run")).workers === 1);
    const attacker = await Attacker.connect(gearmand);
    const jobs = 2000;
    await Promise.all(Array.from({ length: jobs }, () => attacker.submit("rr-run", "junk")));
    const control = `rr-control.${await gearmand.workerId("w1")}`;
    await Promise.all(Array.from({ length: 200 }, () => attacker.submit(control, "junk")));
    await attacker.close();
    await worker.stop();
    const lines = worker.stderr().trimEnd().split("\n");
    expect(lines.filter((line) => line.includes("refused a workload")).length).toBeGreaterThan(10);
    // Two minutes may have begun meanwhile, on a box that is slow; and its own few lines come on top.
    expect(lines.length).toBeLessThan(60 * 5);
  });

  it("answers as a worker with megabytes of junk, and stalls no rr-submit and fills no journal", async () => {
    const junk = Buffer.alloc(60_000, "x");
    const lines = Buffer.from("junk\n".repeat(12_000));
    let asked = 0;
    const answer = (peer: RawPeer, handle: string): void => {
      asked += 1;
      const [endless, short] = asked === 1 ? [57_000_000, 15_000_000] : [0, 0];
      for (let sent = 0; sent < endless; sent += junk.length) peer.send("WORK_DATA", handle, junk);
      for (let sent = 0; sent < short; sent += lines.length) peer.send("WORK_DATA", handle, lines);
      peer.send("WORK_COMPLETE", handle, `{"reason":"${"y".repeat(1_000_000)}"}`);
    };
    await startRawWorker(gearmand.port, "rr-run", answer);
    const flow = join(temp.path, "flow.json");
    writeFileSync(flow, JSON.stringify({ slots: [{ jobs: [{ hosts: "h1", command: "true" }] }] }));
    const args = [flow, "--servers", gearmand.server, "--output", "ndjson", "--lost-timeout", "60s"];
    const submit = startSubmit(args, { home: temp.path });
    await submit.waitFor('"task.lost"', { withinMs: 100_000 });
    // Joined anew for each packet, it would be minutes.
    expect(cpuSeconds(submit.pid)).toBeLessThan(20);
    await submit.kill();
    const warnings = eventsOf(submit.stdout()).filter(({ type }) => type === "warning");
    expect(warnings.map((event) => ("text" in event ? event.text : ""))).toContainEqual(
      expect.stringMatching(/sent a line that is no progress message: a line of more than 4194304 bytes/),
    );
    const runs = join(temp.path, "state", "roadrunner", "runs");
    const [journal = ""] = readdirSync(runs);
    expect(statSync(join(runs, journal)).size).toBeLessThan(200_000);
  });
});
