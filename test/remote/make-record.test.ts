import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { functionsText, shortName } from "../../packages/worker/src/program/shell/host-text.ts";
import { SHELLS } from "../../packages/worker/test/program/local-shell.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { makeTempDir } from "../support/temp-dir.ts";

failOnLeftovers();

const make = shortName("rr_make");
const MAKE_FUNCTION = functionsText(["rr_make"], ["rr_no_record"]);
const noRecord = (text: string): string => `${shortName("rr_no_record")}(){ ${text};}\n`;

test.each(SHELLS.map((shell) => [shell.join(" "), shell] as const))(
  "under %s a record is left alone by whoever came too late to make it, by however little",
  (_, shell) => {
    const temp = makeTempDir("make-record");
    try {
      // Both go through the same names side by side, so that now and then one looks before the other has made the file.
      const script = `${MAKE_FUNCTION}${noRecord('echo "$1";exit 1')}
n=0;while [ $n -lt 400 ];do ! ${make} "$1/$n" mine||echo $n;n=$((n+1));done`;
      const both = '"$@" &\n"$@" &\nwait';
      const args = [...shell, "-c", script, "sh", temp.path];
      const made = execFileSync("sh", ["-c", both, "sh", ...args], { encoding: "utf8" });
      const numbers = made.trim().split("\n").map(Number);
      expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 400 }, (_none, index) => index));
      expect(readdirSync(temp.path)).toHaveLength(400);
    } finally {
      temp.remove();
    }
  },
);

test.each(SHELLS.map((shell) => [shell.join(" "), shell] as const))(
  "under %s a record that cannot be made at all is not taken for a disk that is full",
  (_, [program, ...options]) => {
    const script = `${MAKE_FUNCTION}${noRecord('echo "$1";exit 0')}${make} /no/such/folder/x mine`;
    expect(execFileSync(program, [...options, "-c", script], { encoding: "utf8" })).toBe("file\n");
  },
);
