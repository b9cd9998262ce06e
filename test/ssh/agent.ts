import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { startChild } from "../support/child-program.ts";
import { findProgram } from "../support/programs.ts";
import { until } from "../support/until.ts";

export interface Agent {
  readonly socket: string;
  /** Loads a private key file; further arguments go to ssh-add. */
  add(path: string, ...args: string[]): void;
  /** SIGSTOP, so that it answers nothing; `stop` ends it all the same. */
  freeze(): void;
  stop(): Promise<void>;
}

/** Starts a real ssh-agent of its own. */
export async function startAgent(dir: string, name = "agent"): Promise<Agent> {
  const socket = join(dir, name);
  const child = startChild(findProgram("ssh-agent"), ["-D", "-a", socket]);
  // Its socket is there a moment before it listens on it.
  await until("ssh-agent to listen", () => isHeard(socket));
  return {
    socket,
    add(path, ...args) {
      execFileSync(findProgram("ssh-add"), ["-q", ...args, path], {
        env: { ...process.env, SSH_AUTH_SOCK: socket },
        stdio: ["ignore", "pipe", "pipe"],
      });
    },
    freeze: () => child.signal("SIGSTOP"),
    async stop() {
      await child.kill();
      rmSync(socket, { force: true });
    },
  };
}

function isHeard(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
