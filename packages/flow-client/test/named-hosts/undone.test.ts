import { mkdirSync } from "node:fs";
import { afterAll, expect, it } from "vitest";
import { succeed, type RunEvent } from "@roadrunner/core";
import { JournalWriter, runsFolder } from "@roadrunner/engine/journal";
import { makeTempDir } from "../../../../test/support/temp-dir.ts";
import { withListsRead } from "../../src/named-hosts/named-hosts.ts";
import * as made from "../reporters/made-gates.ts";
import { MADE_RUN } from "../reporters/made-run.ts";

const temp = makeTempDir("undone");
afterAll(() => temp.remove());
const env = { XDG_STATE_HOME: temp.path };

function journal(events: readonly RunEvent[]): void {
  mkdirSync(runsFolder(env), { recursive: true, mode: 0o700 });
  const written = JournalWriter.create(runsFolder(env), MADE_RUN);
  if (!written.ok) throw new Error(written.error);
  written.value.append(events);
  written.value.close();
}

it("names as ok no host that was undone, and as failed one whose undo was", async () => {
  journal(made.undone);
  const hosts = async (list: string) =>
    withListsRead("--limit", `@${list}:${MADE_RUN}`, {
      places: { env },
      knownIn: async () => succeed({ groups: new Map(), labels: undefined }),
    });
  expect(await hosts("ok")).toMatchObject({ ok: false });
  expect(await hosts("failed")).toEqual({ ok: true, value: "fe1" });
  expect(await hosts("skipped")).toMatchObject({ ok: true, value: "fe3,fe4,fe5,fe6,h1,h2" });
});
