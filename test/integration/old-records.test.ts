import { existsSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { eventsOf, names, Site } from "../support/site.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { until, within } from "../support/until.ts";

failOnLeftovers();

let records: TempDir;
let site: Site;
beforeAll(async () => {
  records = makeTempDir("records");
  site = await Site.start({
    hosts: names("h", 3),
    workers: 1,
    workerArgs: ["--record-dir", records.path],
  });
});
afterAll(async () => {
  await site.stop();
  records.remove();
});

const flow = (host: string, command: string, fields: object = {}) => ({
  name: `records of ${host}`,
  slots: [{ jobs: [{ name: "j", hosts: host, command, ...fields }] }],
});

function makeOld(name: string): string {
  const path = join(records.path, name);
  const longAgo = new Date(Date.now() - 40 * 24 * 3_600_000);
  utimesSync(path, longAgo, longAgo);
  return path;
}

it("a day's first `once` task on a host takes old ended records away, and none that something lives of", async () => {
  expect((await site.run(flow("h1", "exit 0"))).code).toBe(0);
  const ended = readdirSync(records.path)[0] ?? "";
  const goOn = join(records.path, "go-on");
  const living = site.startSubmit(flow("h2", `until [ -e ${goOn} ]; do sleep 0.1; done; exit 3`), [
    ...["--output", "ndjson"],
  ]);
  const another = () => readdirSync(records.path).find((name) => name !== ended);
  const claimed = await until("the living command's record", another);
  const [oldEnded, oldLiving] = [makeOld(ended), makeOld(claimed)];

  expect((await site.run(flow("h3", "true", { delivery: "repeatable" }))).code).toBe(0);
  expect(existsSync(oldEnded)).toBe(true);
  expect((await site.run(flow("h3", "true"))).code).toBe(0);
  await until("the old record to go", () => !existsSync(oldEnded));
  expect(existsSync(oldLiving)).toBe(true);

  writeFileSync(goOn, "");
  await within("rr-submit to end", living.exited);
  const told = eventsOf(living.stdout()).find((event) => event.type === "task.ended");
  expect(told).toMatchObject({ outcome: "failed", exitCode: 3 });
});
