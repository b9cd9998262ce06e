import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { nextRun, taskEnded } from "../../packages/coordinator/test/store/some-events.ts";
import { valueOf } from "../../packages/coordinator/test/store/store-contract.ts";
import { openStore } from "../../packages/coordinator/src/store/open-store.ts";
import type { Store } from "../../packages/coordinator/src/store/store.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startPostgres, type Postgres } from "../support/postgres.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

failOnLeftovers();

let dir: TempDir;
let disk: string;
let postgres: Postgres;

beforeAll(async () => {
  dir = makeTempDir("full-disk");
  // PostgreSQL's user comes through.
  chmodSync(dir.path, 0o711);
  postgres = await startPostgres();
});

afterAll(async () => {
  await postgres.remove();
  dir.remove();
});

/** A disk of its own for a test. */
async function onDisk(size: string, uid: number, test: () => Promise<void>): Promise<void> {
  disk = join(dir.path, `of-${size}`);
  mkdirSync(disk);
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size},mode=700,uid=${uid}`, "none", disk]);
  try {
    await test();
  } finally {
    execFileSync("umount", ["--lazy", disk]);
  }
}

/** Writes until there is no room, makes room, and goes on; the reason that was given. */
async function fill(store: Store): Promise<string> {
  const run = nextRun();
  valueOf(await store.accept({ run, flow: run, by: "ada@box", handOver: "{}", concurrent: false }));
  // What cannot be pressed together.
  const output = Array.from({ length: 12_000 }, () => Math.random().toString(36)).join("");
  const batch = [taskEnded(output, run), taskEnded("small", run)];
  let first = 1;
  let last = await store.append({ run, epoch: 1 }, first, batch);
  while (last.ok && first < 400) {
    first += batch.length;
    last = await store.append({ run, epoch: 1 }, first, batch);
  }
  if (last.ok || last.error.kind !== "unavailable") throw new Error(JSON.stringify(last));
  expect(valueOf(await store.run(run))?.events).toBe(first - 1);
  execFileSync("mount", ["-o", "remount,size=64m", disk]);
  valueOf(await store.append({ run, epoch: 1 }, first, batch));
  let seen = 0;
  for (;;) {
    const page = valueOf(await store.events(run, seen + 1, 1000));
    if (page.length === 0) break;
    for (const { number } of page) {
      seen += 1;
      expect(number).toBe(seen);
    }
  }
  expect(seen).toBe(first + batch.length - 1);
  return last.error.reason;
}

it("an SQLite file on a full disk is unavailable, and goes on without a gap when there is room", async () => {
  await onDisk("2m", process.getuid?.() ?? 0, async () => {
    const store = valueOf(await openStore(join(disk, "store.db"), "us"));
    expect(await fill(store)).toBe(
      `no room for the store ${join(disk, "store.db")}: the disk is full; free some space`,
    );
    await store.close();
  });
});

it("PostgreSQL on a full disk is unavailable, and goes on without a gap when there is room", async () => {
  await onDisk("16m", postgres.uid, async () => {
    await postgres.ask(`create tablespace small location '${disk}'`);
    await postgres.ask("create database full_disk tablespace small template template0");
    const store = valueOf(await openStore(postgres.url("full_disk"), "us"));
    expect(await fill(store)).toBe(
      `PostgreSQL at 127.0.0.1:${postgres.port} has no room left on its disk; make room there`,
    );
    await store.close();
    await postgres.ask("drop database full_disk");
    await postgres.ask("drop tablespace small");
  });
});
