import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startChild } from "../../support/child-program.ts";
import type { Contender, Pass } from "./contender.ts";

const LOOP = fileURLToPath(new URL("./bare-loop.js", import.meta.url));

/** One Node process with nothing but ssh2: the plain command, or rr-worker's remote program. */
export function bareLoop(name: string, program: "plain" | "repeatable" | "once"): Contender {
  return {
    name,
    run: async ({ sshd, names, atOnce, passes, warmUp }) => {
      const job = {
        hosts: names.map((name) => sshd.address(name)),
        port: sshd.port,
        user: sshd.user,
        keyFile: sshd.clientKey,
        hostKeyFile: join(sshd.dir, "host_key.pub"),
        atOnce,
        passes,
        warmUp,
        program,
      };
      const child = startChild(process.execPath, [LOOP, JSON.stringify(job)]);
      const { code } = await child.exited;
      if (code !== 0) throw new Error(`${name} ended with ${code}:\n${child.output()}`);
      return child.stdout().trim().split("\n").map(passOf);
    },
  };
}

function passOf(line: string): Pass {
  const { ms, cpuMs } = JSON.parse(line) as { ms: number; cpuMs: number };
  return { ms, cpuMs: { loop: cpuMs } };
}
