import type { WrittenWorkload } from "@roadrunner/core";
import type { PlanProof } from "@roadrunner/core/signing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failOnLeftovers } from "../../support/leak-check.ts";
import { gateOf, taskOf } from "./shop.ts";
import { ALTERED, REFUSED, refusalOf, TakenCoordinator } from "./taken-coordinator.ts";
import type { Changed } from "./thief.ts";

failOnLeftovers();

let taken: TakenCoordinator;
beforeAll(async () => {
  taken = await TakenCoordinator.start();
});
afterAll(async () => taken.stop());

describe("a coordinator that was taken has a worker run nothing that its operator did not sign", () => {
  const as = (fields: Partial<WrittenWorkload>): Changed<WrittenWorkload> => ({
    body: (workload) => ({ ...workload, ...fields }),
  });
  const inTask = (fields: Partial<NonNullable<WrittenWorkload["task"]>>): Changed<WrittenWorkload> => ({
    body: (workload) => ({ ...workload, task: { ...workload.task, ...fields } }),
  });
  const EVIL = 'echo evil >> "$RR_TEST_DIR/evil"';

  it.each<[string, Changed<WrittenWorkload>]>([
    ["another command", as({ command: EVIL })],
    [
      "a script in its place",
      { body: ({ command: _command, ...rest }) => ({ ...rest, script: { name: "s", text: EVIL } }) },
    ],
    ["an `unless` before it", as({ unless: EVIL })],
    ["another shell", as({ shell: "/bin/bash" })],
    ["another folder", as({ cwd: "/" })],
    ["a host added", as({ host: "h3" })],
    ["another address", as({ address: "127.0.0.1" })],
    ["another port", as({ port: 2222 })],
    ["another user", as({ user: "nobody" })],
    ["become", as({ become: true })],
    ["another transport", as({ transport: "openssh" })],
    ["the worker's own box", as({ transport: "local" })],
    ["another value of a variable", as({ env: { MODE: "hard", LEADER: "h1" } })],
    ["a variable more", as({ env: { MODE: "soft", LEADER: "h1", BASH_ENV: "/tmp/evil" } })],
    ["a secret of the worker's", as({ secretEnv: { TOKEN: "token" } })],
    ["a secret parameter", as({ secretParams: { LD_PRELOAD: "/tmp/evil.so" } })],
    ["another delivery", as({ delivery: "repeatable" })],
    ["a longer time", as({ timeoutMs: 1_000_000 })],
    ["other codes for ok", as({ okCodes: [0, 1] })],
    ["outputs", as({ outputs: true })],
    ["another slot", inTask({ slot: 7 })],
    ["another job", inTask({ job: "elect" })],
    ["a stage", inTask({ stage: "drain" })],
  ])("%s", async (_what, changed) => {
    const message = await taken.thief.task(taskOf(taken.thief.stolen.plan, "ship"), changed, {
      LEADER: "h1",
    });
    expect(await refusalOf(taken, message, ALTERED)).toMatchObject(taken.whose());
  });

  it.each<[string, (proof: PlanProof) => PlanProof | undefined, RegExp]>([
    ["a wrong path", (proof) => ({ ...proof, path: Buffer.alloc(96, 7).toString("base64") }), ALTERED],
    ["a path that is too short", (proof) => ({ ...proof, path: "" }), ALTERED],
    ["a path that is too long", (proof) => ({ ...proof, path: longer(proof.path) }), ALTERED],
    ["the path of another", () => taken.thief.proofOf(taskOf(taken.thief.stolen.plan, "elect")), ALTERED],
    ["another place", (proof) => ({ ...proof, index: proof.index + 1 }), ALTERED],
    ["a place that no tree has", (proof) => ({ ...proof, index: Number.MAX_SAFE_INTEGER }), ALTERED],
    [
      "a place before the first",
      (proof) => ({ ...proof, index: -1 }),
      /its envelope is not one that this version reads/,
    ],
    [
      "a path as long as can be",
      (proof) => ({ ...proof, path: "A".repeat(4097) }),
      /its envelope is not one that this version reads/,
    ],
    ["no path", () => undefined, /does not say where it stands in the signed plan/],
    [
      "an output that was never one",
      (proof) => ({ ...proof, taken: { ...proof.taken, PATH: { from: "elect", name: "leader" } } }),
      /PATH, an output .* is not among its variables/,
    ],
    ["no output where one is", ({ taken: _taken, ...proof }) => proof, ALTERED],
  ])("the right task with %s", async (_what, proof, why) => {
    const message = await taken.thief.task(
      taskOf(taken.thief.stolen.plan, "ship"),
      { proof },
      { LEADER: "h1" },
    );
    expect(await refusalOf(taken, message, why)).toMatchObject(REFUSED);
  });

  it("PATH as the value of an output", async () => {
    const changed: Changed<WrittenWorkload> = {
      ...as({ env: { MODE: "soft", LEADER: "h1", PATH: "/tmp/evil" } }),
      proof: (proof) => ({ ...proof, taken: { ...proof.taken, PATH: { from: "elect", name: "leader" } } }),
    };
    const message = await taken.thief.task(taskOf(taken.thief.stolen.plan, "ship"), changed);
    expect(await refusalOf(taken, message, ALTERED)).toMatchObject(taken.whose());
  });

  it("a task as what a gate asks, and the other way round", async () => {
    const { plan } = taken.thief.stolen;
    const asCheck = await taken.thief.task(taskOf(plan, "tidy"), inTask({ gate: "orders" }));
    expect(await refusalOf(taken, asCheck, ALTERED)).toMatchObject(taken.whose());
    const check = await taken.thief.check(gateOf(plan, "ship", 1), inTask({ gate: undefined }));
    expect(await refusalOf(taken, check, ALTERED)).toMatchObject(taken.whose());
    const unchanged = await taken.thief.check(gateOf(plan, "ship", 1), { functionName: "rr-run" });
    expect(await refusalOf(taken, unchanged, /what a gate asks is not taken as rr-run/)).toMatchObject(
      REFUSED,
    );
    const question = await taken.thief.question(gateOf(plan, "ship", 0), {
      functionName: "rr-run",
      kind: "task",
    });
    expect(await refusalOf(taken, question, /the workload is not valid/)).toMatchObject(REFUSED);
  });

  it("an attempt beyond the highest, whatever it says that this is", async () => {
    const { plan } = taken.thief.stolen;
    const third = await taken.thief.task(taskOf(plan, "ship", { attempt: 3 }), {}, { LEADER: "h1" });
    expect(
      await refusalOf(taken, third, /attempt 3 is more than the 2 that the operator signed/),
    ).toMatchObject(taken.whose());
    for (const attempts of [3, Number.MAX_SAFE_INTEGER, undefined]) {
      const proof = (shown: PlanProof) => ({ ...shown, attempts });
      const more = await taken.thief.task(taskOf(plan, "ship", { attempt: 3 }), { proof }, { LEADER: "h1" });
      expect(await refusalOf(taken, more, ALTERED)).toMatchObject(REFUSED);
    }
  });

  it.each(["drain", "install", "undo", "tidy", "breaks"])("another command of %s", async (what) => {
    const { plan } = taken.thief.stolen;
    const stage = ["drain", "install"].indexOf(what);
    const ref =
      stage < 0 ? taskOf(plan, what === "undo" ? "breaks.undo" : what) : taskOf(plan, "way", { stage });
    const message = await taken.thief.task(ref, as({ command: EVIL }));
    expect(await refusalOf(taken, message, ALTERED)).toMatchObject(taken.whose());
  });

  it("a stage at another host's way, and one host's stage at another host", async () => {
    const ref = taskOf(taken.thief.stolen.plan, "way", { stage: 0 });
    for (const changed of [inTask({ target: "h2" }), as({ host: "h2" })])
      expect(await refusalOf(taken, await taken.thief.task(ref, changed), ALTERED)).toMatchObject(REFUSED);
  });

  it("a gate's question to another address, and its check with another command", async () => {
    const { plan } = taken.thief.stolen;
    const [pageGate, check] = [gateOf(plan, "ship", 0), gateOf(plan, "ship", 1)];
    const question = await taken.thief.question(pageGate, {
      body: (asked) => ({ ...asked, http: { url: `${taken.page.url}admin` } }),
    });
    const visits = taken.page.visits.length;
    expect(await taken.send(question)).toMatchObject({
      reading: { kind: "none", reason: expect.stringMatching(ALTERED) as string },
    });
    expect(taken.page.visits).toHaveLength(visits);
    expect(taken.signed.audited({ unique: question.unique })).toEqual([
      expect.objectContaining(taken.whose()),
    ]);
    const withToken = await taken.thief.question(pageGate, {
      body: (asked) => ({ ...asked, http: { url: `${taken.page.url}health`, token: "token" } }),
    });
    expect(await taken.send(withToken)).toMatchObject({
      reading: { reason: expect.stringMatching(ALTERED) as string },
    });
    expect(
      await refusalOf(taken, await taken.thief.check(check, as({ command: EVIL })), ALTERED),
    ).toMatchObject(taken.whose());
  });
});

/** With one hash more. */
function longer(path: string): string {
  return Buffer.concat([Buffer.from(path, "base64"), Buffer.alloc(32)]).toString("base64");
}
