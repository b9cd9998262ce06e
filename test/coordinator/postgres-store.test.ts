import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loginContract } from "../../packages/coordinator/test/store/login-contract.ts";
import { storeContract, valueOf } from "../../packages/coordinator/test/store/store-contract.ts";
import { upkeepContract } from "../../packages/coordinator/test/store/upkeep-contract.ts";
import {
  expectVersion1Runs,
  OPEN,
  version1Rows,
} from "../../packages/coordinator/test/store/version-1-store.ts";
import { openStore } from "../../packages/coordinator/src/store/open-store.ts";
import type { Store } from "../../packages/coordinator/src/store/store.ts";
import { toVersion1 } from "../../packages/coordinator/src/store/versions/version-1.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startPostgres, type Postgres } from "../support/postgres.ts";

failOnLeftovers();

let postgres: Postgres;
let url: string;
let ours: Store;
let others: Store;

beforeAll(async () => {
  postgres = await startPostgres();
  url = await postgres.makeDatabase();
  ours = valueOf(await openStore(url, "ours"));
  others = valueOf(await openStore(url, "others"));
});

afterAll(async () => {
  await ours.close();
  await others.close();
  await postgres.remove();
});

describe("the store in PostgreSQL", () => {
  const opened = async () => {
    const database = new URL(url).pathname.slice(1);
    await postgres.ask(
      `truncate ${["runs", "events", "outputs", "words", "tokens", "challenges", "carriers"].map((table) => `roadrunner.${table}`).join(", ")}`,
      database,
    );
    const later = async (ms: number) => {
      await postgres.ask(
        `update roadrunner.runs set lease_until_ms = lease_until_ms - ${ms}, ended_ms = ended_ms - ${ms}`,
        database,
      );
      await postgres.ask(`update roadrunner.carriers set announced_ms = announced_ms - ${ms}`, database);
      await postgres.ask(`update roadrunner.words set said_ms = said_ms - ${ms}`, database);
    };
    return { ours, others, later };
  };
  storeContract(opened);
  upkeepContract(opened);
  loginContract(opened);
});

it("a store in PostgreSQL of the first version has its runs in this one", async () => {
  const where = await postgres.makeDatabase();
  const first = valueOf(await openStore(where, "old", { versions: [toVersion1] }));
  await first.close();
  for (const row of version1Rows("roadrunner.")) await postgres.ask(row, new URL(where).pathname.slice(1));
  const store = valueOf(await openStore(where, "us"));
  await expectVersion1Runs(store);
  expect(valueOf(await store.run(OPEN))).toMatchObject({ epoch: 2, mine: true });
  await store.close();
});
