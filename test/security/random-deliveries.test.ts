import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { submissionUnique } from "../../packages/worker/src/authority/submission-unique.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { seeded, type Random } from "../support/random.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";
import { attackAll, attacksOf, expectSome, timeFor } from "./random/attack.ts";
import { AT_ONCE, AttackedWorker, privateFile } from "./random/attacked-worker.ts";
import { newSigner, poolKeyText, poolSealOf, signAll, type Genuine, type Signer } from "./random/genuine.ts";
import { mutateMessage } from "./random/mutate-message.ts";

failOnLeftovers();

const SHARE = 200;
const seeds = attacksOf("deliveries", SHARE);
const key = poolKeyText(seeded(1));

let sshd: Sshd;
let genuine: readonly Genuine[];
let attacked: AttackedWorker;
beforeAll(async () => {
  sshd = await startSshd({ hosts: ["h1"], config: "MaxSessions 100" });
  writeFileSync(join(sshd.workDir, "ran"), "");
  const random = seeded(20_261_126);
  const alice = newSigner(random, "alice");
  attacked = await AttackedWorker.start((dir) => [
    ...["--ssh-config", sshd.sshConfigFile, "--record-dir", join(dir, "%u")],
    ...["--allowed-signers", privateFile(dir, "allowed_signers", alice.line)],
    ...["--pool-key-file", privateFile(dir, "pool-keys", key)],
  ]);
  // Behind its start: what is older it does not take.
  genuine = await signedTasks(random, alice);
});
afterAll(async () => {
  await attacked.stop();
  await sshd.stop();
});

/** A task for each seed, which leaves its seed in a file. */
async function signedTasks(random: Random, alice: Signer): Promise<Genuine[]> {
  const run = "20261124-091612-abcdefgh";
  const letters = seeds.map((seed) => {
    const task = { run, slot: 1, job: `j${seed}`, attempt: 1, client: "c-1", submission: "abcd1234" };
    const command = `echo ran ${seed} >>${sshd.workDir}/ran`;
    const body = JSON.stringify({ v: 1, host: "h1", command, delivery: "once", task });
    const to = { function: "rr-run", unique: submissionUnique(task, "h1") };
    return { kind: "task" as const, to, body, run };
  });
  return signAll(random, alice, letters, Date.now());
}

test(
  "a worker runs what was signed and sealed, once, and nothing that was made of it",
  async () => {
    const seal = poolSealOf(key);
    const others = genuine.slice(0, 20).map(({ text }) => text);
    const wrong = await attackAll("deliveries", SHARE, AT_ONCE, async (random, seed) => {
      const { text, to } = genuine[seed - (seeds[0] ?? 0)] as Genuine;
      const signed = random.chance(80) ? mutateMessage(random, text, others) : text;
      const sealed = seal.seal(to, signed, Date.now()).text;
      const wire = random.chance(30) ? mutateMessage(random, sealed, []) : sealed;
      const answer = await attacked.answerTo(wire, to.unique);
      // Sent once more: a once task that ran has its record, and does not run again.
      if (random.chance(20)) await attacked.answerTo(wire, to.unique);
      return answer.includes("a bug in rr-worker") ? answer : undefined;
    });
    expect(wrong).toEqual([]);
    const ran = readFileSync(join(sshd.workDir, "ran"), "utf8").split("\n").filter(Boolean);
    const signed = new Set(seeds.map((seed) => `ran ${seed}`));
    expect(ran.filter((line) => !signed.has(line))).toEqual([]);
    expect(new Set(ran).size).toBe(ran.length);
    expectSome("deliveries", SHARE, ran.length);
    expect(attacked.worker.output()).not.toContain("a bug in rr-worker");
  },
  timeFor(SHARE),
);
