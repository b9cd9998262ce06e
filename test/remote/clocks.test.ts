import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SHELLS } from "../../packages/worker/test/program/local-shell.ts";
import { remoteTask, thisBoot } from "../../packages/worker/test/program/task.ts";
import type { AskedBefore } from "../../packages/worker/src/program/remote-task.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { deliverTask } from "./local-programs.ts";

failOnLeftovers();

// As lxcfs has it: /proc/uptime is the container's, and start times are the host's.
test.each(SHELLS.map((shell) => [shell.join(" "), shell] as const))(
  "a container whose uptime is of another clock than its processes' is not taken for a new one, under %s",
  async (_, shell) => {
    const temp = makeTempDir("clocks");
    try {
      const uptime = join(temp.path, "uptime");
      writeFileSync(uptime, "5.00 5.00\n");
      const mounted = `mount --bind ${uptime} /proc/uptime && exec "$@"`;
      const deliver = (askedBefore: AskedBefore) =>
        deliverTask(
          ["unshare", "-m", "sh", "-c", mounted, "sh", ...shell],
          remoteTask({
            command: "echo ran",
            delivery: "once",
            recordKey: "k".repeat(26),
            recordDir: temp.path,
            askedBefore,
          }),
        ).end;
      const { bootId, container } = thisBoot();
      const told = (await deliver({})).marks.find(({ word }) => word === "unproved")?.args ?? [];
      expect(told.slice(0, 2)).toEqual([bootId, container]);
      expect(Number(told[2])).toBeGreaterThan(500);
      const { stdout, marks } = await deliver({ boot: { bootId, container } });
      expect(marks.at(-1)).toEqual({ word: "end", args: ["0", "-"] });
      expect(stdout.toString()).toBe("ran\n");
    } finally {
      temp.remove();
    }
  },
);
