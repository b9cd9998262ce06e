import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { Site } from "../support/site.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

failOnLeftovers();

let site: Site;
let temp: TempDir;
beforeAll(async () => {
  site = await Site.start({ hosts: ["db1", "db2", "db3"], workers: 1 });
  temp = makeTempDir("follow");
});
afterAll(async () => {
  await site.stop();
  temp.remove();
});

/** 40,000 lines are more than the events keep; the live output has them all. */
const LINES = 40_000;
const command = `printf 'one\\n\\033[31mtwo\\n'; echo oops >&2; i=0; while [ $i -lt ${LINES} ]; do echo "$RR_HOST $i"; i=$((i+1)); done`;
const flow = { name: "talk", slots: [{ jobs: [{ name: "talk", hosts: "db[1-3]", command }] }] };

describe("live output from real hosts", () => {
  it("follows some hosts line by line, and writes all output of all hosts to files, whole", async () => {
    const folder = join(temp.path, "out");
    const { code, stdout, stderr } = await site.submit(flow, ["--follow", "db[1-2]", "--output-dir", folder]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const lines = stdout.split("\n");
    for (const host of ["db1", "db2"]) {
      const shown = lines.filter((line) => line.startsWith(`${host}| `)).map((line) => line.slice(5));
      expect(shown.slice(0, 2)).toEqual(["one", "␛[31mtwo"]);
      expect(shown.slice(2)).toEqual(Array.from({ length: LINES }, (_, n) => `${host} ${n}`));
      expect(lines).toContain(`${host}! oops`);
    }
    expect(lines.filter((line) => line.startsWith("db3|"))).toEqual([]);
    for (const host of ["db1", "db2", "db3"]) {
      const written = readFileSync(join(folder, "talk", `${host}.stdout`), "utf8").split("\n");
      expect(written).toHaveLength(LINES + 3);
      expect(written.at(-2)).toBe(`${host} ${LINES - 1}`);
      expect(readFileSync(join(folder, "talk", `${host}.stderr`), "utf8")).toBe("oops\n");
    }
  });

  it("refuses to mix two runs in one folder, and to follow nobody", async () => {
    const again = await site.submit(flow, ["--output-dir", join(temp.path, "out")]);
    expect(again).toMatchObject({ code: 2, stdout: "" });
    expect(again.stderr).toContain("is not empty; name a new folder");
    const nobody = await site.submit(flow, ["--follow", "web1"]);
    expect(nobody.code).toBe(2);
    expect(nobody.stderr).toContain("--follow: no job runs on web1; if");
  });
});
