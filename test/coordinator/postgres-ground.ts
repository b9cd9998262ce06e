import { expect } from "vitest";
import { nextRun } from "../../packages/coordinator/test/store/some-events.ts";
import { valueOf } from "../../packages/coordinator/test/store/store-contract.ts";
import { openStore } from "../../packages/coordinator/src/store/open-store.ts";
import type { Store, StoreFault } from "../../packages/coordinator/src/store/store.ts";
import type { Postgres } from "../support/postgres.ts";

/** For tests of what never answers. */
export const SOON = { connectMs: 400, statementMs: 300, answerMs: 600 };

export const refused = (reason: string) => ({ kind: "refused", reason });
export const unavailable = (reason: string | RegExp) => ({
  kind: "unavailable",
  reason: typeof reason === "string" ? reason : (expect.stringMatching(reason) as unknown),
});

export async function runIn(store: Store): Promise<string> {
  const run = nextRun();
  valueOf(await store.accept({ run, flow: run, by: "ada@box", handOver: "{}", concurrent: false }));
  return run;
}

/** Why a store is not opened; it says nothing of the password. */
export async function faultOf(postgres: Postgres, url: string): Promise<StoreFault | undefined> {
  const opened = await openStore(url, "us", { waits: SOON });
  if (opened.ok) {
    await opened.value.close();
    return undefined;
  }
  expect(opened.error.reason).not.toContain(postgres.password);
  expect(opened.error.reason).not.toContain(encodeURIComponent(postgres.password));
  return opened.error;
}

/** With a store in a database of its own. */
export async function withStore(
  postgres: Postgres,
  test: (store: Store, database: string) => Promise<void>,
): Promise<void> {
  const url = await postgres.makeDatabase();
  const store = valueOf(await openStore(url, "us", { waits: SOON }));
  try {
    await test(store, new URL(url).pathname.slice(1));
  } finally {
    await store.close();
  }
}
