import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { makeTempDir } from "../support/temp-dir.ts";

failOnLeftovers();

const root = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const temp = makeTempDir("licences");
afterAll(() => temp.remove());

interface Lock {
  packages: Record<string, { version?: string; license?: string; dev?: boolean }>;
}
const lock = (): Lock => JSON.parse(readFileSync(root("package-lock.json"), "utf8")) as Lock;

/** The page that the script makes, of this lock file or of a changed one. */
function list(change: (lock: Lock) => void = () => undefined) {
  const changed = lock();
  change(changed);
  const path = join(temp.path, "package-lock.json");
  writeFileSync(path, JSON.stringify(changed));
  const args = [root("scripts/list-licences.js"), "--print", path];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  return { status, stdout, stderr };
}

it("docs/licences.md is what the script makes of package-lock.json, and every licence was looked at", () => {
  const { status, stdout, stderr } = list();
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(readFileSync(root("docs/licences.md"), "utf8"), "run: node scripts/list-licences.js").toBe(stdout);
  expect(stdout).toMatch(/standard-error`: AGPL-3.0-or-later, with an additional permission/);
});

it("a licence that comes in is found, be it of a dependency's dependency; one of a tool for tests is none of it", () => {
  const bring = (entry: object) =>
    list(({ packages }) => {
      packages["node_modules/abraxas/node_modules/fresh"] = { version: "1.0.0", ...entry };
    });
  expect(bring({ license: "GPL-3.0" })).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("fresh 1.0.0: GPL-3.0") as string,
  });
  expect(bring({ license: "MIT" }).status).toBe(0);
  expect(bring({ license: "GPL-3.0", dev: true })).toMatchObject({ status: 0, stderr: "" });
});

it("tells nothing of what has gone", () => {
  const gone = list(({ packages }) => delete packages["node_modules/standard-error"]);
  expect(gone.stdout).not.toContain("AGPL");
});
