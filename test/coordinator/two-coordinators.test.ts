import { afterAll, beforeAll, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startPostgres, type Postgres } from "../support/postgres.ts";
import { names, outcomes, Site } from "../support/site.ts";
import { ownFolder } from "../support/sshd.ts";
import { until, within } from "../support/until.ts";
import { CoordinatorKit, planOf } from "./kit.ts";

failOnLeftovers();

const HOSTS = 10;

let site: Site;
let postgres: Postgres;
let given: Parameters<typeof CoordinatorKit.start>;
/** What they are asked is asked of the second one, which carries nothing. */
let carrier: CoordinatorKit;
let other: CoordinatorKit;
beforeAll(async () => {
  [site, postgres] = await Promise.all([
    Site.start({ hosts: names("h", HOSTS), workers: 1 }),
    startPostgres(),
  ]);
  given = [["--servers", site.gearmand.server], { RR_STORE: await postgres.makeDatabase() }];
  [carrier, other] = await Promise.all([CoordinatorKit.start(...given), CoordinatorKit.start(...given)]);
});
afterAll(async () => {
  await Promise.all([carrier.stop(), other.stop()]);
  await Promise.all([site.stop(), postgres.remove()]);
});

const plan = (name: string, command: string) =>
  planOf({
    name,
    slots: [
      {
        jobs: [
          { name: "work", hosts: `h[1-${HOSTS}]`, command: `${ownFolder}; echo x >> $d/${name}; ${command}` },
        ],
      },
    ],
  });

it("each shows the runs of the other as they go, and passes on what is said to them", async () => {
  const run = await carrier.handOver(plan("shown", "while :; do sleep 0.1; done"));
  const watching = other.watch(run);
  await until(
    "all to run",
    () => watching.events.filter(({ type }) => type === "task.started").length === HOSTS,
  );
  expect(await other.row(run)).toMatchObject({ state: "running", by: "ann@desk" });
  expect((await other.ask("GET", "/health")).json).toMatchObject({ carried: 0, store: "postgres" });
  expect((await other.ask("POST", `/runs/${run}/confirm`, {})).json).toEqual({
    done: false,
    text: "nothing waits to be confirmed",
  });
  expect((await other.ask("POST", `/runs/${run}/kill`)).json).toEqual({
    text: "killing what runs on its hosts",
  });
  expect(await other.ended(run)).toBe("cancelled");
  await within("the stream to end", watching.over);
  expect(watching.events).toEqual(await carrier.events(run));
});

it("SIGTERM of the one: the other has its run at once, each host once, and who watched there goes on", async () => {
  const run = await carrier.handOver(plan("given", "sleep 2"));
  const watching = other.watch(run);
  await until("all to run", () => site.lines("given").length === HOSTS);
  await carrier.program.stop();
  expect(await other.ended(run, 15_000)).toBe("succeeded");
  await within("the stream to end", watching.over);
  expect(site.lines("given")).toHaveLength(HOSTS);
  expect([...outcomes(watching.events).values()]).toEqual(Array.from({ length: HOSTS }, () => "ok"));
  expect(watching.numbers).toEqual(watching.events.map((_, index) => index + 1));
  expect(watching.events.filter(({ type }) => type === "run.resumed")).toHaveLength(1);
});
