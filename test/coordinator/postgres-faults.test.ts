import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { warning } from "../../packages/coordinator/test/store/some-events.ts";
import { valueOf } from "../../packages/coordinator/test/store/store-contract.ts";
import { versionContract } from "../../packages/coordinator/test/store/version-contract.ts";
import { openStore } from "../../packages/coordinator/src/store/open-store.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startPostgres, type Postgres } from "../support/postgres.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { faultOf, runIn, SOON, unavailable, withStore } from "./postgres-ground.ts";

failOnLeftovers();

let postgres: Postgres;
let server: string;
let dir: TempDir;

beforeAll(async () => {
  dir = makeTempDir("pgpass");
  postgres = await startPostgres();
  server = `127.0.0.1:${postgres.port}`;
});
afterAll(async () => {
  await postgres.remove();
  dir.remove();
});

describe("an open store", () => {
  it("gets its password from ~/.pgpass, without a word about it", async () => {
    const database = new URL(await postgres.makeDatabase()).pathname.slice(1);
    const file = join(dir.path, "pgpass");
    writeFileSync(file, `127.0.0.1:${postgres.port}:*:${postgres.user}:${postgres.password}\n`, {
      mode: 0o600,
    });
    const warned: unknown[] = [];
    const onWarning = (warning: Error): number => warned.push(warning.message);
    process.on("warning", onWarning);
    process.env.PGPASSFILE = file;
    try {
      const store = valueOf(await openStore(postgres.url(database, postgres.user), "us"));
      await runIn(store);
      await store.close();
    } finally {
      delete process.env.PGPASSFILE;
      process.off("warning", onWarning);
    }
    expect(warned).toEqual([]);
  });

  it("is opened by several coordinators at once, when it is new too", async () => {
    const url = await postgres.makeDatabase();
    const stores = await Promise.all(
      ["a", "b", "c", "d"].map(async (id) => valueOf(await openStore(url, id))),
    );
    const runs = await Promise.all(stores.map(runIn));
    for (const store of stores)
      for (const run of runs) expect(valueOf(await store.run(run))).toMatchObject({ epoch: 1 });
    for (const store of stores) await store.close();
  });

  it("is unavailable while a statement has to wait too long", async () => {
    await withStore(postgres, async (store, database) => {
      const run = await runIn(store);
      const held = postgres.ask("begin; lock table roadrunner.runs; select pg_sleep(60)", database);
      await until("the lock", async () => {
        const [row] = await postgres.ask(
          "select count(*)::int as n from pg_locks where mode = 'AccessExclusiveLock' and granted and relation is not null",
          database,
        );
        return Number(row?.["n"]) > 0;
      });
      const late = await store.append({ run, epoch: 1 }, 1, [warning("one", run)]);
      expect(late).toMatchObject({
        error: unavailable(
          `PostgreSQL at ${server} is too slow (canceling statement due to statement timeout); see what it is busy with`,
        ),
      });
      const [ended] = await Promise.allSettled([
        held,
        postgres.ask("select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'"),
      ]);
      expect(ended.status).toBe("rejected");
      valueOf(await store.append({ run, epoch: 1 }, 1, [warning("one", run)]));
    });
  });

  it("renews leases though all that is written has to wait", async () => {
    const url = await postgres.makeDatabase();
    const store = valueOf(await openStore(url, "us"));
    const [run, other] = [await runIn(store), await runIn(store)];
    const held = postgres.ask(
      `begin; select 1 from roadrunner.runs where run = '${run}' for update; select pg_sleep(60)`,
      new URL(url).pathname.slice(1),
    );
    const waiting = async (what: string) =>
      (await postgres.ask(`select pid from pg_stat_activity where ${what} and pid <> pg_backend_pid()`))
        .length;
    await until("the lock", async () => (await waiting("wait_event = 'PgSleep'")) === 1);
    const late = Array.from({ length: 30 }, () => store.append({ run, epoch: 1 }, 1, [warning("one", run)]));
    await until("all connections to wait", async () => (await waiting("wait_event_type = 'Lock'")) === 7);
    expect(valueOf(await store.renew([{ run: other, epoch: 1 }]))).toHaveLength(1);
    expect(await waiting("wait_event_type = 'Lock'")).toBe(7);
    const [ended] = await Promise.allSettled([
      held,
      postgres.ask("select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'"),
    ]);
    expect(ended.status).toBe("rejected");
    for (const done of await Promise.all(late)) valueOf(done);
    expect(valueOf(await store.events(run, 1, 9))).toHaveLength(1);
    await store.close();
  });

  it("is unavailable while the server is suspended, and all is there once afterwards", async () => {
    await withStore(postgres, async (store) => {
      const run = await runIn(store);
      postgres.pause();
      for (let time = 0; time < 3; time += 1)
        expect(await store.append({ run, epoch: 1 }, 1, [warning("one", run)])).toMatchObject({
          error: unavailable(/does not answer in time/),
        });
      postgres.continue();
      valueOf(await store.append({ run, epoch: 1 }, 1, [warning("one", run)]));
      valueOf(await store.append({ run, epoch: 1 }, 2, [warning("two", run)]));
      expect(valueOf(await store.events(run, 1, 9))).toHaveLength(2);
    });
  });

  it("is closed though the server is suspended", async () => {
    const url = await postgres.makeDatabase();
    const store = valueOf(await openStore(url, "us", { waits: SOON }));
    await runIn(store);
    postgres.pause();
    await store.close();
    postgres.continue();
    expect(await store.run("any")).toMatchObject({
      error: unavailable(`the store in PostgreSQL at ${server} is closed; nothing more is asked of it`),
    });
  });

  it("is unavailable while the server is down or starts, and then goes on by itself", async () => {
    await withStore(postgres, async (store) => {
      const run = await runIn(store);
      let asks = 0;
      let number = 1;
      const going = { on: true };
      const asking = (async () => {
        while (going.on) {
          const done = await store.append({ run, epoch: 1 }, number, [warning("one", run)]);
          if (done.ok) number += 1;
          else expect(done.error).toMatchObject({ kind: "unavailable" });
          asks += 1;
        }
      })();
      const written = async (count: number) => until("events", () => number > count);
      await written(10);
      await postgres.restart();
      await written(number + 10);
      await postgres.kill();
      await postgres.restart();
      await written(number + 10);
      going.on = false;
      await asking;
      expect(asks).toBeGreaterThan(number);
      const events = valueOf(await store.events(run, 1, 10_000));
      expect(events.map((event) => event.number)).toEqual(
        Array.from({ length: number - 1 }, (_, at) => at + 1),
      );
    });
  });

  it("is unavailable where the server has become a standby", async () => {
    await withStore(postgres, async (store, database) => {
      const run = await runIn(store);
      const signal = join(postgres.folder, "standby.signal");
      writeFileSync(signal, "");
      await postgres.restart();
      await until("the dead connection to be noticed", async () => (await store.run(run)).ok);
      expect(await store.append({ run, epoch: 1 }, 1, [warning("one", run)])).toMatchObject({
        error: unavailable(
          /takes no changes \(.*\): it is a standby, or was made read-only; name the primary$/,
        ),
      });
      expect(await faultOf(postgres, postgres.url(database))).toEqual(
        unavailable(`PostgreSQL at ${server} takes no changes: it is a standby; name the primary`),
      );
      rmSync(signal);
      await postgres.restart();
    });
  });

  it("says so when somebody has removed its tables", async () => {
    await withStore(postgres, async (store, database) => {
      await postgres.ask("drop schema roadrunner cascade", database);
      const asked = await store.runs({ limit: 1 });
      expect(asked.ok ? undefined : asked.error.reason).toMatch(
        `the tables of the store in database ${database} at ${server} have been changed or removed ` +
          '(relation "roadrunner.runs" does not exist); restore a backup',
      );
    });
  });
});

describe("a database", () => {
  versionContract(async () => {
    const url = await postgres.makeDatabase();
    return (versions) => openStore(url, "us", { versions });
  });
});
