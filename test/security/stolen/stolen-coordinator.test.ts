import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failOnLeftovers } from "../../support/leak-check.ts";
import { flow } from "../signed-site.ts";
import { gateOf, taskOf } from "./shop.ts";
import { printOf, REFUSED, refusalOf, TakenCoordinator } from "./taken-coordinator.ts";

failOnLeftovers();

let taken: TakenCoordinator;
beforeAll(async () => {
  taken = await TakenCoordinator.start();
});
afterAll(async () => taken.stop());

it("unchanged, it carries a signed run with outputs, gates, retries, stages, undo and finally to its end", async () => {
  const { run, plan } = taken.thief.stolen;
  const events = await taken.coordinator.events(run);
  const ends = events.flatMap((event) =>
    event.type === "task.ended" && event.final
      ? [[event.job, event.stage, event.host, event.attempt, event.outcome].filter(Boolean).join(" ")]
      : [],
  );
  expect(ends.toSorted()).toEqual(
    [
      ...[
        "elect h1 1 ok",
        "ship h1 1 ok",
        "ship h2 2 ok",
        "way drain h1 1 ok",
        "way install h1 1 ok",
        "way h1 1 ok",
      ],
      ...["breaks h2 1 failed", "breaks.undo h2 1 ok", "tidy h1 1 ok"],
    ].toSorted(),
  );
  expect([...new Set(taken.ran())]).toEqual(
    ["breaks", "drain h1", "elect", "install", "orders", "ship soft h1", "tidy", "undo"].toSorted(),
  );
  expect(taken.ran().filter((line) => line.startsWith("ship"))).toHaveLength(3);
  expect(taken.page.visits).toContain("/health");
  const lines = taken.signed.audited({ run });
  expect(lines.length).toBeGreaterThan(8);
  for (const line of lines) expect(line).toMatchObject(taken.whose());
  expect(await taken.coordinator.row(run)).toMatchObject({
    signedBy: expect.stringContaining(printOf(taken.signers.alice)) as string,
  });
  expect(plan.name).toBe("shop");
});

describe("what it can do all the same, until the plan's time is over", () => {
  it("runs a `repeatable` task again, and out of its turn", async () => {
    const before = taken.ran().filter((line) => line === "tidy").length;
    for (let count = 1; count <= 2; count += 1) {
      expect(await taken.send(await taken.thief.task(taskOf(taken.thief.stolen.plan, "tidy")))).toMatchObject(
        {
          outcome: "ok",
        },
      );
      expect(taken.ran().filter((line) => line === "tidy")).toHaveLength(before + count);
    }
  });

  it("has no `once` task run again: its host has the record", async () => {
    const before = taken.ran();
    const again = await taken.thief.task(taskOf(taken.thief.stolen.plan, "breaks.undo"));
    expect(await taken.send(again)).toMatchObject({ outcome: "ok" });
    expect(taken.ran()).toEqual(before);
  });

  it("runs an attempt that was signed, was not needed, and whose output it makes up", async () => {
    const ref = taskOf(taken.thief.stolen.plan, "ship", { attempt: 2 });
    expect(await taken.send(await taken.thief.task(ref, {}, { LEADER: "evil" }))).toMatchObject({
      outcome: "ok",
    });
    expect(taken.ran()).toContain("ship soft evil");
  });

  it("asks gates as it likes", async () => {
    const visits = taken.page.visits.length;
    const { plan } = taken.thief.stolen;
    expect(await taken.send(await taken.thief.question(gateOf(plan, "ship", 0)))).toMatchObject({
      reading: { kind: "status", status: 200 },
    });
    expect(taken.page.visits).toHaveLength(visits + 1);
    expect(await taken.send(await taken.thief.check(gateOf(plan, "ship", 1)))).toMatchObject({
      outcome: "ok",
    });
  });

  it("kills and revokes in the run, and in no other", async () => {
    const worker = await taken.signed.site.workerId("w1");
    const { run } = taken.thief.stolen;
    for (const type of ["kill", "revoke"]) {
      expect(await taken.send(await taken.thief.control(worker, { type, run }))).toMatchObject({ ok: true });
      expect(
        await taken.send(await taken.thief.control(worker, { type, run: "20260101-000000-aaaaaaaa" })),
      ).toMatchObject({
        ok: false,
        reason: "it was signed for another run",
      });
    }
    const epoch = { type: "epoch", run: "20260101-000000-aaaaaaaa", epoch: 9, notAfterMs: Date.now() };
    expect(await taken.send(await taken.thief.control(worker, epoch))).toMatchObject({ ok: false });
    const bare = await taken.thief.control(worker, { type: "kill", run }, { signed: null });
    expect(await taken.send(bare)).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/not among the allowed signers/) as string,
    });
  });
});

describe("when it is known that it was taken", () => {
  it("its key among the revoked ones of the workers ends all of that, and the operator can go on", async () => {
    const tidy = taskOf(taken.thief.stolen.plan, "tidy");
    taken.revoke(readFileSync(join(taken.signed.keys.path, "coordinator.pub")));
    expect(
      await refusalOf(taken, await taken.thief.task(tidy), /the key SHA256:\S+ is revoked/),
    ).toMatchObject(REFUSED);
    const worker = await taken.signed.site.workerId("w1");
    const { run } = taken.thief.stolen;
    expect(await taken.send(await taken.thief.control(worker, { type: "kill", run }))).toMatchObject({
      ok: false,
    });
    const { code } = await taken.signed.site.run(flow("after"), ["--sign-key", taken.signed.alice]);
    expect(code).toBe(0);
  });
});
