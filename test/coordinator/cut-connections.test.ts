import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { nextRun, rowOf, taskEnded, warning } from "../../packages/coordinator/test/store/some-events.ts";
import { valueOf } from "../../packages/coordinator/test/store/store-contract.ts";
import { openStore } from "../../packages/coordinator/src/store/open-store.ts";
import type { Owned, Store } from "../../packages/coordinator/src/store/store.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startPostgres, type Postgres } from "../support/postgres.ts";
import { TcpProxy } from "../support/tcp-proxy.ts";
import { until } from "../support/until.ts";

failOnLeftovers();

let postgres: Postgres;
let proxy: TcpProxy;
let ours: Store;
let others: Store;
let database: string;
let run: string;
let owned: Owned;

beforeAll(async () => {
  postgres = await startPostgres();
  proxy = await TcpProxy.start(postgres);
  const url = new URL(await postgres.makeDatabase());
  database = url.pathname.slice(1);
  others = valueOf(await openStore(url.href, "others"));
  url.port = String(proxy.port);
  ours = valueOf(await openStore(url.href, "ours"));
});

afterAll(async () => {
  await ours.close();
  await others.close();
  await proxy.close();
  await postgres.remove();
});

beforeEach(async () => {
  run = nextRun();
  owned = valueOf(await ours.accept({ run, flow: run, by: "ada@box", handOver: "{}", concurrent: false }));
});

afterEach(async () => {
  proxy.accept();
  proxy.flush();
  await postgres.ask("delete from roadrunner.runs", database);
});

const batch = () => [warning("one", run), taskEnded("out", run), warning("three", run)];

async function numbers(): Promise<number[]> {
  return valueOf(await others.events(run, 1, 100)).map(({ number }) => number);
}

const unavailable = {
  ok: false,
  error: {
    kind: "unavailable",
    reason: expect.stringMatching(
      /^the connection to PostgreSQL at 127\.0\.0\.1:\d+ failed \(.*\); see whether it runs$/,
    ),
  },
};

it("a batch is one message to the server", async () => {
  const before = proxy.asked;
  valueOf(await ours.append(owned, 1, batch(), rowOf(run)));
  expect(proxy.asked - before).toBe(1);
});

it("a batch whose answer is lost is there once when it is asked for again", async () => {
  proxy.cutNextAnswer();
  expect(await ours.append(owned, 1, batch())).toEqual(unavailable);
  await until("the batch to be there", async () => (await numbers()).length === 3);
  valueOf(await ours.append(owned, 1, batch(), rowOf(run)));
  expect(await numbers()).toEqual([1, 2, 3]);
  valueOf(await ours.append(owned, 4, batch()));
  expect(await numbers()).toEqual([1, 2, 3, 4, 5, 6]);
});

it("a batch that never came is written when it is asked for again", async () => {
  proxy.hold();
  const asked = ours.append(owned, 1, batch());
  await until("the batch to be on its way", () => proxy.asked > 0);
  proxy.cut();
  expect(await asked).toEqual(unavailable);
  expect(await numbers()).toEqual([]);
  proxy.flush();
  valueOf(await ours.append(owned, 1, batch()));
  expect(await numbers()).toEqual([1, 2, 3]);
});

it("a batch that comes late, when it was asked for again, is not written again", async () => {
  const before = proxy.asked;
  proxy.hold();
  const asked = ours.append(owned, 1, batch());
  await until("the batch to be on its way", () => proxy.asked > before);
  proxy.cutNear();
  expect(await asked).toEqual(unavailable);
  // As by another way.
  const again = valueOf(await openStore(postgres.url(database), "ours"));
  valueOf(await again.append(owned, 1, batch()));
  proxy.flush();
  await again.append(owned, 4, [warning("four", run)]);
  await again.close();
  expect(await numbers()).toEqual([1, 2, 3, 4]);
});

it("a batch that comes late, when another has taken the run over, is not written", async () => {
  const before = proxy.asked;
  proxy.hold();
  const asked = ours.append(owned, 1, batch());
  await until("the batch to be on its way", () => proxy.asked > before);
  proxy.cutNear();
  expect(await asked).toEqual(unavailable);
  await postgres.ask("update roadrunner.runs set lease_until_ms = 0", database);
  expect(valueOf(await others.claim(9))).toMatchObject([{ run, epoch: 2 }]);
  proxy.flush();
  expect(await ours.append(owned, 1, batch())).toEqual({ ok: false, error: { kind: "lost" } });
  expect(await numbers()).toEqual([]);
  valueOf(await others.append({ run, epoch: 2 }, 1, [warning("theirs", run)]));
  expect(await ours.append(owned, 1, batch())).toEqual({ ok: false, error: { kind: "lost" } });
});

it("a batch waits for a takeover that is on its way, and is lost by it", async () => {
  const taking = postgres.ask(
    `begin; update roadrunner.runs set epoch = 2, owner = 'x'; select pg_sleep(0.3); commit`,
    database,
  );
  await until("the takeover to begin", async () => {
    const [row] = await postgres.ask(
      "select count(*)::int n from pg_stat_activity where query ~ 'epoch = 2' and pid <> pg_backend_pid()",
    );
    return row?.["n"] === 1;
  });
  expect(await ours.append(owned, 1, batch())).toEqual({ ok: false, error: { kind: "lost" } });
  await taking;
  expect(await numbers()).toEqual([]);
});

it("a run whose acceptance is lost on the way is there once when it is handed over again", async () => {
  const second = nextRun();
  const accepted = { run: second, flow: second, by: "ada@box", handOver: "{}", concurrent: false };
  proxy.cutNextAnswer();
  expect(await ours.accept(accepted)).toEqual(unavailable);
  expect(valueOf(await ours.accept(accepted))).toEqual({ run: second, epoch: 1 });
});

it("all that is asked of a server that cannot be reached is unavailable, and none of it a bug", async () => {
  proxy.refuse();
  const asks: readonly (() => Promise<unknown>)[] = [
    () => ours.accept({ run: nextRun(), flow: "f", by: "b", handOver: "{}", concurrent: true }),
    () => ours.append(owned, 1, batch()),
    () => ours.events(run, 1, 10),
    () => ours.run(run),
    () => ours.runs({ limit: 10 }),
    () => ours.runsBeginningWith("", 10),
    () => ours.renew([owned]),
    () => ours.claim(1),
    () => ours.reopen(run, "{}"),
    () => ours.release(owned),
    () => ours.say({ run, kind: "stop" }),
    () => ours.words(),
    () => ours.answer(1, "done", true),
    () => ours.answerTo(1),
    () => ours.prune({ runsMs: 1, outputMs: 1 }),
  ];
  for (const ask of asks) expect(await ask(), String(ask)).toEqual(unavailable);
  // More than there are connections, at once and in a row: none is kept by a failure.
  await Promise.all(Array.from({ length: 50 }, () => ours.run(run)));
  proxy.accept();
  expect(valueOf(await ours.run(run))).toMatchObject({ mine: true });
});
