import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { startChild, type ChildProgram } from "../../support/child-program.ts";
import { startSubmit } from "../../support/processes.ts";
import { findProgram } from "../../support/programs.ts";
import { startSshd } from "../../support/sshd.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { rounds } from "../bench-settings.ts";
import { ratios, spreadText } from "../spread.ts";
import { report } from "../table.ts";

/** Starts are short, so there are more of them. */
const STARTS_PER_ROUND = 4;

test("start", { timeout: 1_800_000 }, async () => {
  const sshd = await startSshd({ hosts: ["h1"], config: "LogLevel INFO" });
  const temp = makeTempDir("bench");
  const flow = join(temp.path, "flow.json");
  const job = { hosts: "h1", command: "true" };
  writeFileSync(flow, JSON.stringify({ name: "bench", slots: [{ jobs: [job] }] }));
  const bare = "process.exitCode = 0";
  const contenders: Readonly<Record<string, () => ChildProgram>> = {
    "node -e 0": () => startChild(process.execPath, ["-e", bare]),
    "rr-submit --help": () => startSubmit(["--help"]),
    "ssh HOST true": () => startChild(findProgram("ssh"), ["-F", sshd.sshConfigFile, "h1", "true"]),
    "rr-submit FLOW --local, one host": () =>
      startSubmit([flow, "--local", "--ssh-config", sshd.sshConfigFile, "--yes"]),
  };
  const took = new Map<string, number[]>(Object.keys(contenders).map((name) => [name, []]));
  try {
    for (let turn = 0; turn < rounds * STARTS_PER_ROUND; turn += 1) {
      for (const [name, start] of Object.entries(contenders)) took.get(name)?.push(await timed(name, start));
    }
  } finally {
    await sshd.stop();
    temp.remove();
  }
  const node = took.get("node -e 0") ?? [];
  const rows = Array.from(took, ([name, ms]) => [name, spreadText(ms, 0), spreadText(ratios(ms, node), 1)]);
  report(
    "start",
    [
      {
        title: "From the command line to its end",
        about: "Wall time of the whole process.",
        columns: ["", "ms", "of a bare Node"],
        rows,
      },
    ],
    Object.fromEntries(took),
  );
});

async function timed(name: string, start: () => ChildProgram): Promise<number> {
  const startMs = performance.now();
  const child = start();
  const { code } = await child.exited;
  if (code !== 0) throw new Error(`${name} ended with ${code}:\n${child.output()}`);
  return performance.now() - startMs;
}
