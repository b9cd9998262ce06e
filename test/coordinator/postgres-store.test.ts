import { afterAll, beforeAll, describe } from "vitest";
import { storeContract, valueOf } from "../../packages/coordinator/test/store/store-contract.ts";
import { upkeepContract } from "../../packages/coordinator/test/store/upkeep-contract.ts";
import { openStore } from "../../packages/coordinator/src/store/open-store.ts";
import type { Store } from "../../packages/coordinator/src/store/store.ts";
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
      "truncate roadrunner.runs, roadrunner.events, roadrunner.outputs, roadrunner.words",
      database,
    );
    const later = async (ms: number) => {
      await postgres.ask(
        `update roadrunner.runs set lease_until_ms = lease_until_ms - ${ms}, ended_ms = ended_ms - ${ms}`,
        database,
      );
    };
    return { ours, others, later };
  };
  storeContract(opened);
  upkeepContract(opened);
});
