import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { succeed, type RunEvent } from "@roadrunner/core";
import { GearmanWorker, Places, type GrabbedJob } from "@roadrunner/core/gearman";
import { describe, expect, test } from "vitest";
import { SubmissionAnswers } from "../../packages/engine/src/answers/submission-answers.ts";
import { startGearmand, type Gearmand } from "../support/gearmand.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startSubmit } from "../support/processes.ts";
import { seeded } from "../support/random.ts";
import { eventsOf } from "../support/site.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { attackAll, attacksOf, toldOf, expectSome, timeFor } from "./random/attack.ts";
import { watchMemory } from "./random/memory.ts";
import { chunksOf } from "./random/mutate.ts";
import { hostileAnswer, outcomeIn } from "./random/worker-talk.ts";

failOnLeftovers();

const READ = 1200;
const RUN = 300;
const KEEP_BYTES = 2000;
const NONCE = "0123456789abcdef";
/** Longer than any text of ours. */
const MAX_REASON = 4000;
/** What Node takes for a run of a few hundred tasks, with room: nothing that was answered may be kept for ever. */
const MAX_SUBMIT_MIB = 300;

describe("what a worker answers", () => {
  test(
    "is believed only as the outcome of the very host that was asked",
    async () => {
      let believed = 0;
      const wrong = await attackAll("answers", READ, 1, (random) => {
        const host = "h1";
        const { progress, outcome } = hostileAnswer(random, host, NONCE);
        const answers = new SubmissionAnswers({
          host,
          nonce: NONCE,
          ends: { okCodes: [0], timeoutMs: 1000 },
          functionName: "rr-run",
          again: random.chance(30),
          submittedAtMs: 1000,
          wrapped: { open: (text) => succeed({ text, gap: false }) },
          keepOutputBytes: KEEP_BYTES,
        });
        for (const bytes of progress)
          for (const chunk of chunksOf(random, bytes)) {
            const long = answers.progress(chunk, 1500).find((news) => JSON.stringify(news).length > 20_000);
            if (long !== undefined) return `news of ${JSON.stringify(long).length} characters`;
          }
        const end = answers.end(outcome, { wallMs: Date.now(), askedMs: 0, began: false });
        const said = outcomeIn(outcome, host);
        if (end.type === "ended") {
          believed += 1;
          const { stdout = "", stderr = "", exitCode } = end.report;
          if (end.end.outcome !== said)
            return `${end.end.outcome} is believed of ${outcome.toString().slice(0, 300)}`;
          if (stdout.length > KEEP_BYTES || stderr.length > KEEP_BYTES)
            return "more output is kept than was asked for";
          if (exitCode !== undefined && !(exitCode >= 0 && exitCode < 2 ** 32))
            return `exit code ${exitCode}`;
        }
        const reason = end.type === "lost" ? end.reason : end.type === "ended" ? (end.end.reason ?? "") : "";
        return reason.length > MAX_REASON ? `a reason of ${reason.length} characters` : undefined;
      });
      expect(wrong).toEqual([]);
      expectSome("answers", READ, believed);
    },
    timeFor(READ),
  );

  test(
    "brings rr-submit to no crash, no hang, no outcome that nobody told",
    async () => {
      const seeds = attacksOf("run", RUN);
      if (seeds.length === 0) return;
      const hosts = new Map(seeds.map((seed) => [`h${seed}`, seed]));
      const gearmand = await startGearmand();
      const temp = makeTempDir("answers");
      const rogue = new RogueWorker(gearmand, hosts);
      try {
        await until("the rogue", async () => (await gearmand.status("rr-run")).workers > 0);
        const flow = join(temp.path, "flow.json");
        const job = { name: "j", hosts: [...hosts.keys()], command: "x", success: "0%", retries: 1 };
        writeFileSync(flow, JSON.stringify({ name: "answers", slots: [{ jobs: [job] }] }));
        const options = ["--servers", gearmand.server, "--output", "ndjson", "--lost-timeout", "30s"];
        const submit = startSubmit([flow, ...options]);
        const memory = watchMemory(submit);
        const exit = await submit.exited;
        memory.stop();
        const said = `${submit.stderr()} ${submit.stdout().slice(-500)}`;
        expect(
          [0, 1, 3],
          `rr-submit ended with ${exit.code ?? exit.signal}: ${said.slice(0, 1000)}`,
        ).toContain(exit.code);
        expect(memory.peakMib()).toBeLessThan(MAX_SUBMIT_MIB);
        expect(toldOf("run", wrongIn(eventsOf(submit.stdout()), hosts, rogue.told))).toEqual([]);
      } finally {
        await rogue.close();
        await gearmand.stop();
        temp.remove();
      }
    },
    timeFor(RUN),
  );
});

/** Answers each host's first submission with a hostile answer by its seed, and the next ones truly: it failed. */
class RogueWorker {
  /** By host: the outcomes that its answers can be taken for. */
  readonly told = new Map<string, Set<string>>();
  readonly #hosts: ReadonlyMap<string, number>;
  readonly #worker: GearmanWorker;

  constructor({ address, port }: Gearmand, hosts: ReadonlyMap<string, number>) {
    this.#hosts = hosts;
    this.#worker = new GearmanWorker({
      servers: [{ host: address, port }],
      clientId: "rogue",
      functions: [{ name: "rr-run", handler: (job) => this.#answer(job) }],
      places: new Places(20),
      onHandlerError: (_job, error) => {
        throw error;
      },
      onUndeliverable: () => undefined,
    });
    this.#worker.start();
  }

  async #answer(job: GrabbedJob): Promise<string | Buffer> {
    const { host, task } = JSON.parse(job.workload.toString("utf8")) as {
      host: string;
      task: { submission: string };
    };
    const told = this.told.get(host);
    const { progress, outcome } =
      told === undefined
        ? hostileAnswer(seeded(this.#hosts.get(host) ?? 0), host, task.submission)
        : {
            progress: [],
            outcome: Buffer.from(
              JSON.stringify({
                v: 1,
                submission: task.submission,
                host,
                outcome: "failed",
                exitCode: 7,
                worker: "w1",
                stdout: "",
                stderr: "",
              }),
            ),
          };
    const outcomes = told ?? new Set();
    outcomes.add(outcomeIn(outcome, host) ?? "none");
    this.told.set(host, outcomes);
    for (const bytes of progress) await job.sendData(bytes);
    return outcome;
  }

  async close(): Promise<void> {
    await this.#worker.close();
  }
}

function wrongIn(
  events: readonly RunEvent[],
  hosts: ReadonlyMap<string, number>,
  told: ReadonlyMap<string, ReadonlySet<string>>,
): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  const finals = new Map<string, number>();
  for (const event of events) {
    if (event.type !== "task.ended") continue;
    const seed = hosts.get(event.host) ?? 0;
    const { outcome, reason, final } = event;
    if (final) finals.set(event.host, (finals.get(event.host) ?? 0) + 1);
    // Of what was answered to nobody's use, and lost, the run itself may say that its end is unknown.
    if (told.get(event.host)?.has(outcome) !== true && outcome !== "unknown")
      found.set(seed, `${outcome} (${reason ?? ""}) was told by nobody`);
  }
  const last = events.at(-1);
  for (const [host, seed] of hosts) {
    const count = finals.get(host) ?? 0;
    if (count > 1 || (count === 0 && last?.type === "run.ended")) found.set(seed, `${count} final outcomes`);
  }
  return found;
}
