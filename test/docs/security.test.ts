import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathFault } from "@roadrunner/core/files";
import { afterAll, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { makeTempDir } from "../support/temp-dir.ts";

failOnLeftovers();

const page = readFileSync(new URL("../../docs/security.md", import.meta.url), "utf8");
const temp = makeTempDir("security-page");
chmodSync(temp.path, 0o755);
afterAll(() => temp.remove());

const number = (flag: string) => Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8" }));
const [uid, gid] = [number("-u"), number("-g")];

/** The first block of shell under a heading, done in a folder of ours for a user that this box has. */
function done(heading: string): string {
  const folder = join(temp.path, heading);
  mkdirSync(folder, { mode: 0o755 });
  writeFileSync(join(folder, "token"), "s3cret");
  const [, section = ""] = page.split(`### ${heading}\n`);
  const block = /```sh\n([^]*?)```/.exec(section)?.[1] ?? "";
  const here = block
    .replaceAll("/etc/roadrunner", folder)
    .replaceAll("-o roadrunner -g roadrunner", `-o ${uid} -g ${gid}`);
  expect(here).not.toContain("roadrunner -");
  execFileSync("sh", ["-ec", here], { cwd: folder });
  return folder;
}

it.each([
  ["Sealing", "pool.keys"],
  ["Secrets", "secrets/token"],
])("what %s says to do makes a file that its worker takes and reads, and nobody else", (heading, file) => {
  const path = join(done(heading), file);
  expect(pathFault(path, "secret", uid)).toBeUndefined();
  const readAs = (user: number) =>
    spawnSync("cat", [path], { uid: user, gid: user, encoding: "utf8" }).stdout.length > 0;
  expect([readAs(uid), readAs(uid - 1)]).toEqual([true, false]);
});
