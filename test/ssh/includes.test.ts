import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { ConfigFiles } from "../../packages/worker/src/ssh/config/config-files.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findProgram } from "../support/programs.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { resolvedByOpenSsh, resolvedByUs, type Resolution } from "./openssh-resolution.ts";

failOnLeftovers();

const temp = makeTempDir("ssh-includes");
afterAll(() => temp.remove());
const main = join(temp.path, "main");
const folder = join(temp.path, "d");
const NAMES = [
  "a.conf",
  "b.conf",
  "[x].conf",
  "a-b",
  "^c",
  "!d",
  ".hid",
  "a\\b",
  "Z",
  "é",
  "a b",
  "1",
  "a*",
  "ab",
  "]",
];
mkdirSync(folder);
mkdirSync(join(folder, "sub"));
for (const name of NAMES)
  writeFileSync(join(folder, name), `IdentityFile "/k/${name.replaceAll("\\", "-")}"\n`);
writeFileSync(join(folder, "sub", "a.conf"), "IdentityFile /k/sub\n");
symlinkSync("nowhere", join(folder, "dangling"));

/** The identity files that come of an Include of this pattern, in order. */
function included(resolution: Resolution): string {
  return resolution === "refused" ? resolution : (resolution["identityFiles"] ?? "");
}

function difference(pattern: string): string | undefined {
  writeFileSync(main, `Include "${pattern.replaceAll("\\", "\\\\")}"\n`, { mode: 0o600 });
  const theirs = included(resolvedByOpenSsh(main, "host"));
  const ours = included(resolvedByUs(main, "host"));
  return ours === theirs ? undefined : `${pattern}: ${ours}, not ${theirs}`;
}

test.each([
  `${folder}/*`,
  `${folder}/sub`,
  `${folder}/*/`,
  `${folder}/*/*`,
  `${temp.path}/*/a.conf`,
  `${folder}/a.conf/`,
  `${folder}//.//a.conf`,
  `${folder}/../d/Z`,
  `${folder}/[a/]*`,
  `${folder}/nothere`,
  `${folder}/dangling`,
  `${folder}/.*`,
  `${folder}/\\.hid`,
  `${folder}/[.]hid`,
  "~root/nothere",
  "~nobody-at-all/x",
])("Include %s finds what ssh finds", (pattern) => {
  expect(difference(pattern)).toBe(undefined);
});

test("generated patterns find what ssh finds, in its order", { timeout: 300_000 }, () => {
  const piece = fc.constantFrom(
    ...["*", "*", "?", "a", "b", "-", ".", "[ab]", "[!a]", "[a-b]", "[z-a]", "[[:alpha:]]", "[[:digit:]b]"],
    ...[
      "[^a]",
      "\\[",
      "\\]",
      "[]a]",
      "[!]a]",
      "\\*",
      "[x",
      "[[:nope:]]",
      "[a-]",
      "[-a]",
      "é",
      "[é]",
      "\\\\",
      "]",
    ],
    ...["[[:upper:][:digit:]]", "[[:alpha:]-z]", "[\\]a]", "[a\\-z]", "[!!]", ".conf", "[:alpha:]", " "],
  );
  const pattern = fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join(""));
  const found = fc
    .sample(pattern, { numRuns: 150, seed: 20_261_128 })
    .map((text) => difference(`${folder}/${text}`))
    .filter((one) => one !== undefined);
  expect(found.join("\n")).toBe("");
});

test("who may write to an included file is judged as ssh does", () => {
  const isDebians = /Debian|Ubuntu/.test(spawnSync(findProgram("ssh"), ["-V"], { encoding: "utf8" }).stderr);
  const path = join(temp.path, "shared");
  writeFileSync(path, "IdentityFile /k/shared\n");
  writeFileSync(main, `Include ${path}\n`, { mode: 0o600 });
  const found: string[] = [];
  let taken = 0;
  for (const owner of [0, 1])
    for (const group of [0, 1, 100, 60_000])
      for (const mode of [0o600, 0o644, 0o664, 0o646, 0o666, 0o620]) {
        // Upstream's ssh takes no file that a group may write to, Debian's one whose group is its owner alone.
        if (!isDebians && (mode & 0o020) !== 0) continue;
        chownSync(path, owner, group);
        chmodSync(path, mode);
        const theirs = included(resolvedByOpenSsh(main, "host"));
        const ours = included(resolvedByUs(main, "host"));
        if (theirs !== "refused") taken += 1;
        if (ours !== theirs) found.push(`${owner}:${group} ${mode.toString(8)}: ${ours}, not ${theirs}`);
      }
  expect(found).toEqual([]);
  expect(taken).toBeGreaterThan(0);
});

test("a pipe in the folder is told, and not waited for", () => {
  const pipes = join(temp.path, "pipes");
  mkdirSync(pipes);
  spawnSync("mkfifo", [join(pipes, "fifo")]);
  writeFileSync(main, `Include ${pipes}/*\n`, { mode: 0o600 });
  const [file] = new ConfigFiles({ paths: [main], home: "/root", uid: 0 }).read(0);
  expect(file?.lines[0]?.included).toMatchObject([
    { problems: [{ file: join(pipes, "fifo"), message: "is a pipe or a socket, and no file" }] },
  ]);
});

test("a folder that an option names is no file", () => {
  const [file] = new ConfigFiles({ paths: [folder], home: "/root", uid: 0 }).read(0);
  expect(file?.problems).toMatchObject([{ message: "cannot be read (EISDIR)" }]);
});
