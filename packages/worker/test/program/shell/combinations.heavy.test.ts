import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { killProgram, withdrawProgram } from "../../../src/program/kill-program.ts";
import { remoteProgram } from "../../../src/program/program.ts";
import { SHELLS, startLocally } from "../local-shell.ts";
import { remoteTask, thisBoot } from "../task.ts";
import { allTasks, keptTexts, otherTexts, PLACES, plainTasks, textsOf } from "./combinations.ts";
import { undefinedNames } from "./undefined-names.ts";

test("the scan finds what is missing", () => {
  expect(undefinedNames("rra(){ rrb;}\nrra\n")).toEqual(["rrb is called"]);
  expect(undefinedNames('rra=1\necho "$rra${rrb}" $((rrc+1))\n')).toEqual(["rrc is read", "rrb is read"]);
  expect(undefinedNames('for rra in 1;do read -r rrb rrc;done\neval "rrp$rra=1"\n')).toEqual([]);
});

test("no program calls or reads what is not in it, whatever the task", () => {
  const texts = new Set([...otherTexts(), ...keptTexts()]);
  for (const place of PLACES)
    for (const task of place.server.startsWith("OpenSSH") ? allTasks() : plainTasks())
      for (const prune of task.delivery === "once" ? [false, true] : [false])
        for (const text of textsOf(task, place, prune)) texts.add(text);
  const problems = [...texts].flatMap((text) => undefinedNames(text));
  expect([...new Set(problems)]).toEqual([]);
  expect(texts.size).toBeGreaterThan(5000);
}, 300_000);

test.each(SHELLS.map((shell) => [shell.join(" "), shell] as const))(
  "nothing is read before it is set, under %s",
  async (_, shell) => {
    const recordDir = mkdtempSync(join(tmpdir(), "rr-unset-"));
    const once = { delivery: "once", recordKey: "unset".padEnd(26, "x"), recordDir } as const;
    const all = {
      onDisconnect: "finish",
      timeoutMs: 60_000,
      cwd: "/tmp",
      shell: "/bin/bash",
      askedBefore: { boot: thisBoot() },
    } as const;
    const place = { server: "OpenSSH_9.2p1" };
    const run = async (program: ReturnType<typeof remoteProgram>, nonce: string) => {
      const strict = (text: string): string => `set -u\n${text}`;
      const { body, look, hello } = program;
      const texts = {
        hello,
        body: strict(body),
        ...(look === undefined ? {} : { look: () => strict(look()) }),
      };
      const end = await startLocally(shell, texts, nonce).end;
      expect(`${end.stderr.toString()}${end.noise}`).toBe("");
      return end.marks.map(({ word, args }) => [word, args[0] ?? ""].join(" "));
    };
    try {
      const plain = remoteTask({});
      expect(await run(remoteProgram(plain, place), plain.nonce)).toContain("end 0");
      const limited = remoteTask(all);
      expect(await run(remoteProgram(limited, place), limited.nonce)).toContain("end 0");
      const scripted = remoteTask({ ...all, ...once, attempt: 2, script: { name: "s", text: "exit 3\n" } });
      expect(await run(remoteProgram(scripted, place, true), scripted.nonce)).toContain("end 3");
      expect(await run(remoteProgram(scripted, place), scripted.nonce)).toContain("recorded 003");
      expect(await run(killProgram(scripted, { cause: "cancelled" }, "n", place), "n")).toContain(
        "recorded 003",
      );
      expect(await run(withdrawProgram({ ...scripted, attempt: 1 }, "", "n", place), "n")).toContain(
        `withdrawn ${thisBoot().bootId}`,
      );
      const process = { pid: 1, startTicks: 2, session: 3, ownsSession: true, bootId: "b", helpers: [4] };
      const order = { cause: "cancelled", process } as const;
      expect(await run(killProgram(plain, order, "n", place), "n")).toContain("gone ");
    } finally {
      rmSync(recordDir, { recursive: true, force: true });
    }
  },
);
