import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CompiledQuery } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defined } from "@roadrunner/core";
import type { Base } from "../../src/store/base.ts";
import { selectEnds, selectEndsFrom } from "../../src/store/ends.ts";
import { sqlStore } from "../../src/store/sql-store.ts";
import { openSqlite } from "../../src/store/sqlite/open-sqlite.ts";
import { VERSIONS } from "../../src/store/versions/index.ts";
import { loginContract } from "./login-contract.ts";
import { storeContract, valueOf } from "./store-contract.ts";
import { upkeepContract } from "./upkeep-contract.ts";

const folder = mkdtempSync(join(tmpdir(), "rr-store-"));
let base: Base;

beforeAll(async () => {
  base = valueOf(await openSqlite(join(folder, "store.db"), VERSIONS, true));
});

afterAll(async () => {
  await base.close();
  rmSync(folder, { recursive: true });
});

describe("the store in an SQLite file", () => {
  const opened = async () => {
    for (const table of ["runs", "events", "outputs", "words", "tokens", "challenges", "carriers"] as const)
      await base.db.deleteFrom(table).execute();
    return {
      ours: sqlStore(base, "ours"),
      others: sqlStore(base, "others"),
      later: async (ms: number) => {
        await base.db
          .updateTable("runs")
          .set((eb) => ({ lease_until_ms: eb("lease_until_ms", "-", ms), ended_ms: eb("ended_ms", "-", ms) }))
          .execute();
        await base.db
          .updateTable("carriers")
          .set((eb) => ({ announced_ms: eb("announced_ms", "-", ms) }))
          .execute();
        await base.db
          .updateTable("words")
          .set((eb) => ({ said_ms: eb("said_ms", "-", ms) }))
          .execute();
      },
    };
  };
  it("finds ends of tasks by their index, however many events a run has", async () => {
    for (const job of [undefined, "deploy"]) {
      const task = { run: "r", host: "web1", ...defined({ job }) };
      for (const query of [selectEnds(base, task, 9), selectEndsFrom(base, task, 1, 9)]) {
        const select = query.compile();
        const explain = CompiledQuery.raw(`explain query plan ${select.sql}`, [...select.parameters]);
        const { rows } = await base.db.executeQuery<{ detail: string }>(explain);
        expect(rows[0]?.detail).toMatch("USING INDEX ends_of_task (run=? AND <expr>=?");
      }
    }
  });

  storeContract(opened);
  upkeepContract(opened);
  loginContract(opened);
});
