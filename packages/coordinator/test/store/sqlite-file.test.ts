import { spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Libsql from "libsql";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { openStore } from "../../src/store/open-store.ts";
import type { Store } from "../../src/store/store.ts";
import { toVersion1 } from "../../src/store/versions/version-1.ts";
import { nextRun } from "./some-events.ts";
import { valueOf } from "./store-contract.ts";
import { expectVersion1Runs, OPEN, version1Rows } from "./version-1-store.ts";
import { versionContract } from "./version-contract.ts";

const all = mkdtempSync(join(tmpdir(), "rr-store-file-"));
afterAll(() => rmSync(all, { recursive: true }));

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(all, "of-"));
  file = join(folder, "new", "store.db");
});

async function faultOf(path: string): Promise<unknown> {
  const opened = await openStore(path, "us");
  if (!opened.ok) return opened.error;
  await opened.value.close();
  return undefined;
}

const refused = (reason: string) => ({ kind: "refused", reason });

async function runIn(store: Store): Promise<string> {
  const run = nextRun();
  valueOf(await store.accept({ run, flow: run, by: "ada@box", handOver: "{}", concurrent: false }));
  return run;
}

describe("a store in an SQLite file", () => {
  it("is its owner's alone, and all of it in this file when it is closed", async () => {
    const store = valueOf(await openStore(`sqlite:${file}`, "us"));
    const run = await runIn(store);
    expect(statSync(join(folder, "new")).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(folder, "new"))).toEqual(["store.db", "store.db-wal"]);
    for (const name of readdirSync(join(folder, "new")))
      expect(statSync(join(folder, "new", name)).mode & 0o777, name).toBe(0o600);
    await store.close();
    expect(readdirSync(join(folder, "new"))).toEqual(["store.db"]);
    const again = valueOf(await openStore(file, "us"));
    expect(valueOf(await again.run(run))).toMatchObject({ epoch: 1, mine: false });
    await again.close();
  });

  it("gives its open runs at once to the next coordinator: nobody else can carry them", async () => {
    const first = valueOf(await openStore(file, "first"));
    const run = await runIn(first);
    await first.close();
    const second = valueOf(await openStore(file, "second"));
    expect(valueOf(await second.claim(10))).toEqual([{ run, epoch: 2, handOver: "{}" }]);
    await second.close();
  });

  it("is refused to a second coordinator as long as the first one has it", async () => {
    const first = valueOf(await openStore(file, "first"));
    const taken = refused(
      `another coordinator has the store ${file}; stop that one, or name another file. ` +
        "Several coordinators share a PostgreSQL",
    );
    expect(await faultOf(file)).toEqual(taken);
    // As well as to another process, after this one has looked.
    const script = `new (require("libsql"))(${JSON.stringify(file)}).exec("begin immediate")`;
    const { stderr } = spawnSync(process.execPath, ["-e", script], {
      cwd: import.meta.dirname,
      encoding: "utf8",
    });
    expect(stderr).toContain("SQLITE_BUSY");
    await runIn(first);
    await first.close();
  });

  it("is not made of a file of something else", async () => {
    mkdirSync(join(folder, "new"), { mode: 0o700 });
    writeFileSync(file, "Dear diary, ".repeat(1000), { mode: 0o600 });
    expect(await faultOf(file)).toEqual(
      refused(`${file} is not a store: it is no SQLite database; name another file`),
    );
    rmSync(file);
    closeSync(openSync(file, "wx", 0o600));
    const others = new Libsql(file);
    others.exec("create table songs (title text)");
    others.close();
    expect(await faultOf(file)).toEqual(
      refused(`${file} is the SQLite database of another program; name another file`),
    );
    const still = new Libsql(file);
    expect(still.prepare("select count(*) as n from songs").all()).toEqual([{ n: 0 }]);
    still.close();
  });

  it("is not opened where others can read or change it, and no folder or link is taken for it", async () => {
    await valueOf(await openStore(file, "us")).close();
    chmodSync(file, 0o644);
    expect(await faultOf(file)).toEqual(
      refused(`no store can be had: ${file} may be read by others than its owner (mode 0644); chmod 600 it`),
    );
    chmodSync(file, 0o600);
    const link = join(folder, "new", "link.db");
    symlinkSync(file, link);
    expect(await faultOf(link)).toEqual(
      refused(`no store can be had: ${link} is not a plain file; name one`),
    );
    const inside = join(folder, "new", "inside");
    mkdirSync(inside);
    expect(await faultOf(inside)).toEqual(
      refused(`no store can be had: ${inside} is not a plain file; name one`),
    );
    expect(await faultOf("/proc/store.db")).toMatchObject({ kind: "refused" });
    chmodSync(join(folder, "new"), 0o777);
    expect(await faultOf(file)).toMatchObject({ kind: "refused", reason: expect.stringContaining("chmod") });
  });

  it("that is damaged says so", async () => {
    const store = valueOf(await openStore(file, "us"));
    for (let count = 0; count < 50; count += 1) await runIn(store);
    await store.close();
    const size = statSync(file).size;
    const damaged = openSync(file, "r+");
    for (let at = 4096; at < size; at += 512) writeSync(damaged, "damaged!", at);
    closeSync(damaged);
    expect(await faultOf(file)).toMatchObject({
      kind: "refused",
      reason: expect.stringMatching(/^the store .* is damaged \(.*\); restore it from a backup$/),
    });
  });
});

describe("an SQLite file", () => {
  versionContract(async () => {
    const path = file;
    return Promise.resolve((versions) => openStore(path, "us", { versions }));
  });

  it("of the first version has its runs in this one, and what it did not know", async () => {
    const first = valueOf(await openStore(file, "old", { versions: [toVersion1] }));
    await first.close();
    const database = new Libsql(file);
    for (const row of version1Rows("")) database.exec(row);
    database.close();
    const store = valueOf(await openStore(file, "us"));
    await expectVersion1Runs(store);
    expect(valueOf(await store.run(OPEN))).toMatchObject({ epoch: 2, mine: true });
    await store.close();
  });
});

it("is made where its folder was named, and not where what it should lie on is missing", async () => {
  const named = { makeFolders: false };
  const missing = join(folder, "disk", "rr", "store.db");
  expect(await openStore(missing, "us", named)).toEqual({
    ok: false,
    error: {
      kind: "refused",
      reason: expect.stringContaining(`there is no folder ${join(folder, "disk")}`) as string,
    },
  });
  expect(readdirSync(folder)).toEqual([]);
  const opened = valueOf(await openStore(file, "us", named));
  await opened.close();
});

describe("what was meant for a URL", () => {
  it.each([
    "postgres//rr:s3cret@db/rr",
    "postgres:rr@db/rr",
    "mysql://db/rr",
    "db.example.com/rr@x",
    "Postgres://db/rr",
  ])("is no new and empty store: %s", async (where) => {
    const fault = await faultOf(where);
    expect(fault).toEqual({
      kind: "refused",
      reason: expect.stringMatching(/^--store is neither a URL of PostgreSQL nor a path/) as string,
    });
    expect(JSON.stringify(fault)).not.toContain("s3cret");
  });
});
