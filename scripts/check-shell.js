// Checks the repository's shell scripts with shellcheck. The host's program is one program in many files: it is read as
// a whole, with what the worker sets and reads, as host-program/VARIABLES.md has it.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

const FOLDER = "packages/worker/host-program/";

/** What is so on purpose, everywhere. */
const EXCLUDED = [
  "SC2086", // Words are split on purpose: IFS is set, and they are numbers and words of ours.
  "SC2317", // Functions are called from other files, or from what the worker writes.
  "SC3013", // -nt and -ef: each /bin/sh that is tested has them, and POSIX since 2024.
  "SC3025", // A /dev/udp that bash reads from, and in which the others find nothing.
  "SC2016", // Text for another shell is not to be expanded by this one.
];

/** Variables of the table whose columns "written by" or "read by" name the worker. */
const rows = readFileSync(`${FOLDER}VARIABLES.md`, "utf8")
  .split("\n")
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .filter(([, name]) => name?.startsWith("`rr_"));
const namesWhere = (column) =>
  rows
    .filter((cells) => cells[column]?.split(", ").includes("worker"))
    .map(([, name]) => name.replaceAll("`", ""));

const files = readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).filter((file) =>
  file.endsWith(".sh"),
);
const lines = files.flatMap((file) =>
  readFileSync(FOLDER + file, "utf8")
    .replace(/\n$/, "")
    .split("\n")
    .map((text, index) => ({ where: `${FOLDER}${file}:${index + 1}`, text })),
);
const preface = namesWhere(3).map((name) => ({ where: "VARIABLES.md", text: `${name}=''` }));
const end = namesWhere(4).map((name) => ({ where: "VARIABLES.md", text: `: "$${name}"` }));
const whole = [...preface, ...lines, ...end];

const options = ["--shell=sh", "--format=gcc", `--exclude=${EXCLUDED.join(",")}`];
const { error, status, stdout, stderr } = spawnSync("shellcheck", [...options, "-"], {
  input: `${whole.map(({ text }) => text).join("\n")}\n`,
  encoding: "utf8",
});
if (error?.code === "ENOENT") {
  console.error(
    "shellcheck is missing. Install it: apt-get install shellcheck (node scripts/install-test-programs.js does, as root on Debian)",
  );
  process.exitCode = 1;
} else if (status !== 0) {
  console.error(stdout.replace(/^-:(\d+)/gm, (_, line) => whole[Number(line) - 1]?.where ?? line) + stderr);
  process.exitCode = 1;
}
