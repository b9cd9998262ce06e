import { expect, it } from "vitest";
import type { Result } from "@roadrunner/core";
import type { Store, StoreFault } from "../../src/store/store.ts";
import { VERSIONS, type Step } from "../../src/store/versions/index.ts";
import { nextRun, warning } from "./some-events.ts";
import { valueOf } from "./store-contract.ts";

/** Opens a database of its own with tables of these versions, as often as it is asked. */
export type OpenWith = (versions: readonly Step[]) => Promise<Result<Store, StoreFault>>;

/** Each store that there is: of this version, an older one, a newer one. */
export function versionContract(makeDatabase: () => Promise<OpenWith>): void {
  const next: Step = async (db) => {
    await db.schema.alterTable("runs").addColumn("note", "text").execute();
    await db.schema.createTable("notes").addColumn("note", "text").execute();
  };

  async function withRun(openWith: OpenWith, versions: readonly Step[]): Promise<string> {
    const store = valueOf(await openWith(versions));
    const run = nextRun();
    valueOf(await store.accept({ run, flow: run, by: "ada@box", handOver: "{}", concurrent: false }));
    valueOf(await store.append({ run, epoch: 1 }, 1, [warning("kept", run)]));
    await store.close();
    return run;
  }

  it("of an older version is brought to this one with all that is in it", async () => {
    const openWith = await makeDatabase();
    const run = await withRun(openWith, VERSIONS);
    const newer = valueOf(await openWith([...VERSIONS, next]));
    expect(valueOf(await newer.events(run, 1, 9))).toEqual([{ number: 1, event: warning("kept", run) }]);
    await newer.close();
    const again = valueOf(await openWith([...VERSIONS, next]));
    expect(valueOf(await again.run(run))).toMatchObject({ events: 1 });
    await again.close();
  });

  it("of a newer version is refused, and nothing of it is changed", async () => {
    const openWith = await makeDatabase();
    const run = await withRun(openWith, [...VERSIONS, next]);
    const older = await openWith(VERSIONS);
    expect(older.ok ? undefined : older.error).toEqual({
      kind: "refused",
      reason: expect.stringMatching(
        new RegExp(
          `^the (store|database) .* is of version ${VERSIONS.length + 1}, and this rr-coordinator knows those up to ` +
            `${VERSIONS.length}; start the newer rr-coordinator, or restore a backup from before it$`,
        ),
      ),
    });
    const newer = valueOf(await openWith([...VERSIONS, next]));
    expect(valueOf(await newer.run(run))).toMatchObject({ events: 1 });
    await newer.close();
  });

  it("stays as it was when it cannot be changed", async () => {
    const openWith = await makeDatabase();
    const run = await withRun(openWith, VERSIONS);
    const failing: Step = async (db, dialect) => {
      await next(db, dialect);
      throw new Error("bug: of this step");
    };
    await expect(openWith([...VERSIONS, failing])).rejects.toThrow("bug: of this step");
    const store = valueOf(await openWith(VERSIONS));
    expect(valueOf(await store.run(run))).toMatchObject({ events: 1 });
    await store.close();
    // It would find a part of itself if that had stayed.
    await valueOf(await openWith([...VERSIONS, next])).close();
  });
}
