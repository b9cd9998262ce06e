import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunEvent } from "@roadrunner/core";
import { afterEach, beforeEach, expect, it } from "vitest";
import { rowStory, StoreJournal } from "../../../src/carry/run/store-journal.ts";
import { openStore } from "../../../src/store/open-store.ts";
import type { Owned, Store } from "../../../src/store/store.ts";

const RUN = "20260101-000000-aaaaaaaa";
const event = (text: string): RunEvent => ({
  type: "warning",
  time: "2026-01-01T00:00:00.000Z",
  run: RUN,
  text,
});
const output: RunEvent = {
  type: "task.output",
  ...{ time: "2026-01-01T00:00:00.000Z", run: RUN, slot: 1, job: "a", host: "h", attempt: 1 },
  ...{ stream: "stdout", data: "x" },
};

let folder: string;
let store: Store;
let owned: Owned;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "rr-journal-"));
  const opened = await openStore(join(folder, "store.db"), "c1");
  if (!opened.ok) throw new Error(opened.error.reason);
  store = opened.value;
  const accepted = await store.accept({
    run: RUN,
    flow: "f",
    by: "ann@desk",
    handOver: "{}",
    concurrent: false,
  });
  if (!accepted.ok) throw new Error(accepted.error.kind);
  owned = accepted.value;
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

/** The journal, and what it tells. */
function journalIn(at: Store) {
  const told: string[] = [];
  const journal = new StoreJournal({
    ...{ store: at, owned, next: 1, story: rowStory() },
    onWritten: (first, events) => told.push(`${first}+${events.length}`),
    onLost: () => told.push("lost"),
    onAway: (reason) => told.push(`away: ${reason}`),
    onRefused: (reason) => told.push(`refused: ${reason}`),
  });
  return { journal, told };
}

async function texts(): Promise<readonly (string | undefined)[]> {
  const page = await store.events(RUN, 1, 100);
  return page.ok ? page.value.map(({ event: one }) => (one.type === "warning" ? one.text : undefined)) : [];
}

it("writes what is asked for meanwhile with the next append, in order, without live output", async () => {
  const { journal, told } = journalIn(store);
  const written = [journal.append([event("a")]), journal.append([event("b"), output])];
  await written[0];
  written.push(
    journal.append([event("c")]),
    journal.append([output]),
    journal.append([event("d"), event("e")]),
  );
  expect((await Promise.all(written)).every(({ ok }) => ok)).toBe(true);
  await journal.flushed();
  journal.giveUp("the end");
  expect(await texts()).toEqual(["a", "b", "c", "d", "e"]);
  expect(told).toEqual(["1+2", "3+3"]);
});

it("asks a store that is away again until it is there, and tells of that once", async () => {
  let away = 3;
  const { journal, told } = journalIn({
    ...store,
    append: async (...given) => {
      away -= 1;
      return away >= 0
        ? { ok: false, error: { kind: "unavailable", reason: "it is away" } }
        : store.append(...given);
    },
  });
  expect(await journal.append([event("a")])).toMatchObject({ ok: true });
  journal.giveUp("the end");
  expect(told).toEqual(["away: it is away", "1+1"]);
  expect(await texts()).toEqual(["a"]);
});

it("takes nothing more of a run that another has", async () => {
  await store.release(owned);
  const again = await store.claim(1);
  expect(again).toMatchObject({ value: [{ run: RUN, epoch: 2 }] });
  const { journal, told } = journalIn(store);
  const both = [journal.append([event("a")]), journal.append([event("b")])];
  expect(await Promise.all(both)).toMatchObject([{ ok: false }, { ok: false }]);
  expect(await journal.append([event("c")])).toEqual({
    ok: false,
    error: "another coordinator has taken the run over",
  });
  expect(told).toEqual(["lost"]);
  expect(await texts()).toEqual([]);
});

it("does not wait for ever when it is let go", async () => {
  const { journal } = journalIn({
    ...store,
    append: () => Promise.resolve({ ok: false, error: { kind: "unavailable", reason: "it is away" } }),
  });
  const written = journal.append([event("a")]);
  setTimeout(() => journal.giveUp("it leaves"), 50);
  expect(await written).toEqual({ ok: false, error: "it leaves" });
});

it("tells the list soon of what was written last", async () => {
  const { journal } = journalIn(store);
  const started: RunEvent = {
    ...{
      type: "run.started",
      time: "2026-01-01T00:00:00.000Z",
      run: RUN,
      version: "1",
      who: "ann",
      where: "desk",
    },
    ...{ plan: { name: "f", slots: [], finally: [] }, digest: "d", seed: 1 },
  };
  await journal.append([started]);
  await journal.append([event("a")]);
  const known = await store.run(RUN);
  expect(known).toMatchObject({ value: { events: 2, row: { name: "f", state: "running" } } });
  journal.giveUp("the end");
});
