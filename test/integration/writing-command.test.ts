import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { eventsOf, Site } from "../support/site.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { ownFolder } from "../support/sshd.ts";
import { until, within } from "../support/until.ts";

failOnLeftovers();

/** Writes every 100 ms until it is told to end, and notes each line that it could write. */
const command = `${ownFolder}; echo x >>$d/started; i=0
while [ ! -e "$d/end" ]; do i=$((i+1)); echo line $i || exit 9; echo $i >>$d/written; sleep 0.1; done; exit 3`;
const flow = { name: "writing", slots: [{ jobs: [{ name: "work", hosts: "h1", command }] }] };

let records: TempDir;
let site: Site;
beforeEach(async () => {
  records = makeTempDir("records");
  site = await Site.start({ hosts: ["h1"], workers: 0, workerArgs: ["--record-dir", records.path] });
});
afterEach(async () => {
  await site.stop();
  records.remove();
});

it("kill -9 of its worker: a writing command ends by itself, its code is learned, its output is lost", async () => {
  const first = site.addWorker(["--id", "first"]);
  await site.allWorkersUp();
  const submit = site.startSubmit(flow, ["--output", "ndjson"]);
  await until("some output to be written", () => site.lines("written").length >= 3);
  site.addWorker(["--id", "second"]);
  await until("the second worker", async () => (await site.gearmand.status("rr-run")).workers === 2);
  await first.kill();
  const atDeath = site.lines("written").length;
  await until("it to write on, with nobody there", () => site.lines("written").length > atDeath + 10);
  writeFileSync(join(site.sshd.workDir, site.sshd.address("h1"), "end"), "");
  const { code } = await within("rr-submit to end", submit.exited, 60_000);

  const events = eventsOf(submit.stdout());
  const ended = events.filter((event) => event.type === "task.ended");
  expect(ended, submit.output().slice(-2000)).toHaveLength(1);
  expect(ended[0]).toMatchObject({
    outcome: "failed",
    exitCode: 3,
    outputLost: true,
    final: true,
    worker: expect.stringMatching(/^second-/) as string,
  });
  expect(code).toBe(1);
  expect(site.lines("started")).toEqual(["x"]);
  const [record = ""] = readdirSync(records.path);
  expect(readFileSync(join(records.path, record), "utf8")).toMatch(/^end 003\n/);
});
