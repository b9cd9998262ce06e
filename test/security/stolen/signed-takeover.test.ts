import { fingerprintOf } from "@roadrunner/core/signing";
import { signForCarriers } from "@roadrunner/engine";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CoordinatorKit, handOverOf, planOf } from "../../coordinator/kit.ts";
import { failOnLeftovers } from "../../support/leak-check.ts";
import { startPostgres, type Postgres } from "../../support/postgres.ts";
import { outcomes } from "../../support/site.ts";
import { ownFolder } from "../../support/sshd.ts";
import { until } from "../../support/until.ts";
import { keyOfFile } from "../sign-as.ts";
import { startSignedSite, type SignedSite } from "../signed-site.ts";

failOnLeftovers();

const HOUR = 3_600_000;
let signed: SignedSite;
let postgres: Postgres;
/** Of one store, each with a key of its own that no worker knows. */
let first: CoordinatorKit;
let second: CoordinatorKit;
/** Nobody signs for it. */
let unsigned: CoordinatorKit;
let prints: readonly [string, string];
beforeAll(async () => {
  [signed, postgres] = await Promise.all([startSignedSite(), startPostgres()]);
  const { site, keys } = signed;
  const files = [keys.make("first"), keys.make("second"), keys.make("third")];
  const [one = "", other = ""] = files.map((file) => fingerprintOf(keyOfFile(file).publicBlob));
  prints = [one, other];
  const env = { RR_STORE: await postgres.makeDatabase() };
  const [a, b, c] = await Promise.all(
    files.map((file) => CoordinatorKit.start(["--servers", site.gearmand.server, "--sign-key", file], env)),
  );
  if (a === undefined || b === undefined || c === undefined) throw new Error("three were started");
  [first, second, unsigned] = [a, b, c];
  // It takes part where a test lets it.
  await unsigned.program.stop();
});
afterAll(async () => {
  await Promise.all([first.stop(), second.stop(), unsigned.stop()]);
  await Promise.all([signed.stop(), postgres.remove()]);
});

/** Two slots; the first one ends when its host has the file `go`. */
const plan = (name: string) => {
  const job = (job: string, command: string) => ({ name: job, hosts: "h1", command, delivery: "once" });
  const wait = `${ownFolder}; echo one >> $d/${name}; while ! test -e $d/${name}-go; do sleep 0.1; done`;
  const two = `${ownFolder}; echo two >> $d/${name}`;
  return planOf({ name, slots: [{ jobs: [job("one", wait)] }, { jobs: [job("two", two)] }] });
};
const goOn = async (name: string) => {
  const { site } = signed;
  await site.run(
    { name: "go", slots: [{ jobs: [{ hosts: "h1", command: `${ownFolder}; touch $d/${name}-go` }] }] },
    ["--sign-key", signed.alice],
  );
};

async function statement(
  of: Pick<Parameters<typeof signForCarriers>[1], "run" | "plan" | "carriers" | "lifeMs">,
) {
  const made = await signForCarriers(keyOfFile(signed.alice), { ...of, pastAttempts: 0 });
  if (!made.ok) throw new Error(made.error);
  return made.value;
}

const carriersOf = (run: string, job: string) => signed.audited({ run, job }).map(({ carrier }) => carrier);

it("another coordinator that the operator signed for, too, takes the run over and ends it with its own key", async () => {
  const of = plan("handed");
  const handOver = handOverOf(of);
  const { run } = handOver;
  const word = await statement({ run, plan: of, carriers: prints, lifeMs: HOUR });
  await first.handOver(of, { ...handOver, signed: word });
  await until("the first job", () => signed.site.lines("handed").length === 1);
  await first.program.stop();
  await until("the other one to carry it", async () =>
    (await second.events(run)).some(({ type }) => type === "run.resumed"),
  );
  await goOn("handed");
  expect(await second.ended(run)).toBe("succeeded");
  expect(signed.site.lines("handed")).toEqual(["one", "two"]);
  expect([...outcomes(await second.events(run)).values()]).toEqual(["ok", "ok"]);
  expect(carriersOf(run, "two")).toEqual([prints[1]]);
  for (const line of signed.audited({ run })) expect(line).toMatchObject({ principal: "alice" });
});

it("a coordinator that nobody signed for gives a run back to one that was signed for, and says what is missing where none is", async () => {
  const of = plan("given-back");
  const handOver = handOverOf(of);
  const { run } = handOver;
  const word = await statement({ run, plan: of, carriers: [prints[1]], lifeMs: HOUR });
  await first.program.stop();
  await second.handOver(of, { ...handOver, signed: word });
  await until("the first job", () => signed.site.lines("given-back").length === 1);
  await second.program.stop();
  await unsigned.restart();
  await until(
    "it to wait there",
    async () =>
      /none of the coordinators that may carry it is there/.test((await unsigned.row(run)).reason ?? ""),
    { withinMs: 40_000, lastSeen: () => unsigned.program.output().slice(-2000) },
  );
  const { reason } = await unsigned.row(run);
  expect(reason).toContain(prints[1]);
  expect(reason).toContain(`sign it anew: rr-submit sign ${run}`);
  expect((await unsigned.ask("POST", `/runs/${run}/stop`)).status).toBe(200);
  await second.restart();
  // What was asked where it waited is done where it goes on.
  await until(
    "it to stop",
    async () => (await second.events(run)).some(({ type }) => type === "run.stopping"),
    {
      withinMs: 60_000,
      lastSeen: () => unsigned.program.output().slice(-2000),
    },
  );
  await goOn("given-back");
  expect(await second.ended(run)).toBe("cancelled");
  expect(new Set(carriersOf(run, "one"))).toEqual(new Set([prints[1]]));
  expect(signed.site.lines("given-back")).toEqual(["one"]);
});
