import { beforeEach, describe, expect, it } from "vitest";
import type { Owned, Store } from "../../src/store/store.ts";
import { ended, nextRun, resumed, taskEnded, warning } from "./some-events.ts";
import { valueOf, type Opened } from "./store-contract.ts";

const DAY_MS = 24 * 3_600_000;

/** Words to who carries a run, and what is removed in time; of every store. */
export function upkeepContract(opened: () => Opened | Promise<Opened>): void {
  let ours: Store;
  let others: Store;
  let later: Opened["later"];

  beforeEach(async () => {
    ({ ours, others, later } = await opened());
  });

  async function accepted(run = nextRun()): Promise<Owned> {
    return valueOf(await ours.accept({ run, flow: run, by: "ada@box", handOver: "{}", concurrent: false }));
  }

  describe("a word", () => {
    it("goes to who carries the run, and its answer back", async () => {
      const { run } = await accepted();
      const stop = valueOf(await others.say({ run, kind: "stop", by: "bob@example.com" }));
      const yes = valueOf(await others.say({ run, kind: "confirm", job: "deploy" }));
      expect(valueOf(await others.words())).toEqual([]);
      expect(valueOf(await ours.words())).toEqual([
        { id: stop, run, kind: "stop", by: "bob@example.com" },
        { id: yes, run, kind: "confirm", job: "deploy" },
      ]);
      expect(valueOf(await others.answerTo(stop))).toBeUndefined();
      valueOf(await ours.answer(stop, "it stops", true));
      valueOf(await ours.answer(stop, "it does not", false));
      expect(valueOf(await others.answerTo(stop))).toEqual({ text: "it stops", done: true });
      expect(valueOf(await ours.words()).map(({ id }) => id)).toEqual([yes]);
    });

    it("waits for the next one when who carried the run is silent", async () => {
      const { run } = await accepted();
      await later(DAY_MS);
      const id = valueOf(await ours.say({ run, kind: "kill" }));
      expect(valueOf(await ours.words())).toEqual([]);
      valueOf(await others.claim(1));
      expect(valueOf(await others.words())).toEqual([{ id, run, kind: "kill" }]);
    });

    it("is refused where too many wait for an answer, and goes a while after it was answered", async () => {
      const { run } = await accepted();
      const other = await accepted();
      const said: number[] = [];
      for (let at = 0; at < 100; at += 1) said.push(valueOf(await others.say({ run, kind: "stop" })));
      expect(await others.say({ run, kind: "stop" })).toMatchObject({
        ok: false,
        error: {
          reason: expect.stringMatching(/^100 words to run \S+ wait for whoever carries it/) as string,
        },
      });
      expect(valueOf(await others.say({ run: other.run, kind: "stop" }))).toBeGreaterThan(0);
      const [first = 0] = said;
      valueOf(await ours.answer(first, "it stops", true));
      await later(61_000);
      const next = valueOf(await others.say({ run, kind: "kill" }));
      expect(next).toBeGreaterThan(first);
      expect((await others.answerTo(first)).ok).toBe(false);
    });

    it("that is not there has no answer", async () => {
      const asked = await ours.answerTo(4711);
      expect(asked.ok ? undefined : asked.error.reason).toMatch("has no word 4711 any more");
    });
  });

  describe("what is old", () => {
    const ages = { runsMs: 90 * DAY_MS, outputMs: 30 * DAY_MS };

    async function endedRun(): Promise<string> {
      const owned = await accepted();
      valueOf(
        await ours.append(owned, 1, [
          taskEnded("out", owned.run),
          warning("two", owned.run),
          ended(owned.run),
        ]),
      );
      return owned.run;
    }

    it("goes: first the output of a run, and in the end the run", async () => {
      const run = await endedRun();
      valueOf(await ours.say({ run, kind: "stop" }));
      await later(29 * DAY_MS);
      expect(valueOf(await ours.prune(ages))).toEqual({ runs: 0, outputs: 0 });
      await later(2 * DAY_MS);
      expect(valueOf(await ours.prune(ages))).toEqual({ runs: 0, outputs: 1 });
      const [first] = valueOf(await ours.events(run, 1, 10));
      expect(first?.event).toMatchObject({ type: "task.ended", outcome: "ok", outputLost: true });
      expect(first?.event).not.toHaveProperty("stdout");
      expect(valueOf(await ours.prune(ages))).toEqual({ runs: 0, outputs: 0 });
      await later(60 * DAY_MS);
      expect(valueOf(await others.prune(ages))).toEqual({ runs: 1, outputs: 0 });
      expect(valueOf(await ours.run(run))).toBeUndefined();
      expect(valueOf(await ours.events(run, 1, 10))).toEqual([]);
    });

    it("stays as long as its run is open, or open again", async () => {
      const open = await accepted();
      valueOf(await ours.append(open, 1, [taskEnded("out", open.run)]));
      const again = await endedRun();
      valueOf(await ours.reopen(again, "{}"));
      valueOf(await ours.append({ run: again, epoch: 2 }, 4, [resumed(again)]));
      await later(100 * DAY_MS);
      expect(valueOf(await ours.prune(ages))).toEqual({ runs: 0, outputs: 0 });
      expect(valueOf(await ours.events(again, 1, 10))).toHaveLength(4);
    });

    it("stays while somebody is about to go on with it", async () => {
      const run = await endedRun();
      await later(100 * DAY_MS);
      valueOf(await others.reopen(run, "{}"));
      expect(valueOf(await ours.prune(ages))).toEqual({ runs: 0, outputs: 0 });
      valueOf(await others.append({ run, epoch: 2 }, 4, [resumed(run)]));
      expect(valueOf(await ours.events(run, 1, 1))[0]?.event).toEqual(taskEnded("out", run));
    });

    it("goes when both ages are the same", async () => {
      await endedRun();
      await later(2 * DAY_MS);
      expect(valueOf(await ours.prune({ runsMs: DAY_MS, outputMs: DAY_MS }))).toEqual({
        runs: 1,
        outputs: 0,
      });
      expect(valueOf(await ours.runs({ limit: 10 }))).toEqual([]);
    });
  });
}
