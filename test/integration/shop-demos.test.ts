import { expect, test } from "vitest";
import type { ChildProgram } from "../support/child-program.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findProcessesMentioning } from "../support/processes-of.ts";
import { until, within } from "../support/until.ts";
import { end, expectShown, useDemos } from "./demo-kit.ts";

failOnLeftovers();
const demos = useDemos();

interface Requests {
  readonly answered: number;
  readonly lost: number;
  /** By the version that answered. */
  readonly pages: ReadonlyMap<string, number>;
}

/** What the clients of a demo with gates say. */
function requestsOf(demo: ChildProgram): Requests {
  const [, answered, lost, versions = ""] = /^ {2}(\d+) answered, (\d+) lost(.*)$/m.exec(demo.stdout()) ?? [];
  const pages = [...versions.matchAll(/(\d+) by ([\d.]+) in/g)].map(
    ([, count, version = ""]) => [version, Number(count)] as const,
  );
  return { answered: Number(answered), lost: Number(lost), pages: new Map(pages) };
}

/** When a line was told that ends so, in whole seconds. */
function toldAt(demo: ChildProgram, end: string): number {
  const line = demo
    .stdout()
    .split("\n")
    .find((one) => one.replace(/ \([\d.]+ m?s\)$/, "").endsWith(` ${end}`));
  const [, hours, minutes, seconds] = /^(\d\d):(\d\d):(\d\d) /.exec(line ?? "") ?? [];
  return (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
}

test("a restart with stages loses no request, without drain it loses some", async () => {
  const child = demos.start("stages");
  await end(child);
  const said = new Map(
    [...child.stdout().matchAll(/^ {2}examples\/(\S+) +(\d+) answered, (\d+) lost/gm)].map(
      ([, flow = "", answered, lost]) => [flow, { answered: Number(answered), lost: Number(lost) }],
    ),
  );
  const undrained = said.get("restart-undrained.yaml");
  const drained = said.get("restart-drained.yaml");
  expect(undrained?.lost, child.output()).toBeGreaterThan(0);
  expect(drained?.lost, child.output()).toBe(0);
  // All the while: each of the eight clients again and again.
  expect(drained?.answered).toBeGreaterThan(3 * 8);
  expect(child.stdout().match(/shop succeeded: 4 of 4 ok/g)).toHaveLength(2);
  expectShown("Without losing a request", child);
  await demos.expectNothingLeft();
});

test("a slow version is stopped by its gate and taken back from its one host, a good one goes to all", async () => {
  const [bad, good] = [demos.start("gates"), demos.start("gates", "good")];
  await Promise.all([end(bad), end(good)]);

  const slow = requestsOf(bad);
  const pages = slow.pages.get("1.2") ?? 0;
  expect(slow.lost, bad.output()).toBe(0);
  expect(bad.stdout()).toMatch(/shop failed: gate latency failed: .*web1 takes \d+ ms, more than 800/);
  expect(bad.stdout()).toContain("undo of shop succeeded: 1 of 1 host undone");
  expect(bad.stdout()).toMatch(/^ {2}1\.1, 1\.2, 1\.1 +web1$/m);
  expect(bad.stdout()).toMatch(/^ {2}1\.1 +web2 web3 web4 web5 web6 web7 web8$/m);
  // There were slow pages, and no more than one at a time could be on the way to the one host of eight, a second each.
  const took =
    toldAt(bad, "shop.undo drain at lb1 ok for web1") - toldAt(bad, "shop undrain at lb1 started for web1");
  const DAY = 86_400;
  expect(pages, bad.output()).toBeGreaterThan(0);
  expect(pages, bad.output()).toBeLessThanOrEqual(((took + DAY) % DAY) + 2);
  expect(pages, bad.output()).toBeLessThan(slow.answered / 8);
  expectShown("A bad version is taken back", bad);

  const quick = requestsOf(good);
  expect(quick.lost, good.output()).toBe(0);
  expect([...quick.pages.keys()]).toEqual(["1.1", "1.3"]);
  expect(good.stdout()).toContain("shop succeeded: 8 of 8 ok");
  expect(good.stdout()).toMatch(/^ {2}1\.1, 1\.3 +web1 web2 web3 web4 web5 web6 web7 web8$/m);
  await demos.expectNothingLeft();
});

test("stopped while its servers start, it leaves nothing", async () => {
  const child = demos.start("stages");
  await child.waitFor("Starting a lab");
  await until("the load balancer to start", () =>
    findProcessesMentioning(demos.mark).some(({ commandLine }) => commandLine.includes("balancer.js")),
  );
  child.signal("SIGTERM");
  expect((await within("the demo to end", child.exited)).code).toBe(143);
  await demos.expectNothingLeft();
});

test("of a demo that there is not, those that there are are told", async () => {
  const child = demos.start("stage");
  expect((await child.exited).code).toBe(2);
  expect(child.stderr()).toContain("There is no demo stage.");
  expect(child.stderr()).toContain("npm run demo -- stages");
  expect(child.stderr()).toContain("npm run demo -- gates good");
  expect(child.stderr()).toContain("npm run demo -- --detach");
});
