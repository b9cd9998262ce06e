import { execFileSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { startChild } from "../support/child-program.ts";
import { findFreePort } from "../support/free-port.ts";
import { hidingProc, type HidePid } from "../support/private-proc.ts";
import { findDescendants } from "../support/processes-of.ts";
import { findProgram } from "../support/programs.ts";
import { sshClientConfig } from "../support/sshd-config.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";

export interface Dropbear {
  readonly port: number;
  /** OpenSSH client configuration: host `h1`. */
  readonly sshConfigFile: string;
  readonly publicKeyFile: string;
  log(): string;
  stop(): Promise<void>;
}

/** Starts a real dropbear on a free port; users log in with the key in their own authorized_keys. */
export async function startDropbear(hidePid?: HidePid): Promise<Dropbear> {
  const program = findProgram("dropbear");
  const temp = makeTempDir("dropbear");
  const dir = temp.path;
  chmodSync(dir, 0o755);
  execFileSync(findProgram("ssh-keygen"), ["-q", "-t", "ed25519", "-N", "", "-f", join(dir, "client_key")]);
  const hostKey = join(dir, "host_key");
  const made = execFileSync(findProgram("dropbearkey"), ["-t", "ed25519", "-f", hostKey], {
    encoding: "utf8",
  });
  const line = /^ssh-ed25519 \S+/m.exec(made)?.[0];
  if (line === undefined) throw new Error(`dropbearkey printed no public key: ${made}`);
  const port = await findFreePort("127.0.0.1");
  writeFileSync(join(dir, "known_hosts"), `[127.0.0.1]:${port},[h1]:${port} ${line}\n`);
  const names = new Map([["h1", "127.0.0.1"]]);
  writeFileSync(join(dir, "ssh_config"), sshClientConfig({ dir, port, user: "root", names }));
  const args = ["-F", "-E", "-s", "-p", `127.0.0.1:${port}`, "-r", hostKey, "-P", join(dir, "pid")];
  const child = startChild(
    ...(hidePid === undefined ? ([program, args] as const) : hidingProc(hidePid, program, args)),
  );
  await until("dropbear to listen", () => {
    if (!child.running) throw new Error(`dropbear ended: ${child.output()}`);
    return listens(port);
  });
  return {
    port,
    sshConfigFile: join(dir, "ssh_config"),
    publicKeyFile: join(dir, "client_key.pub"),
    log: () => child.output(),
    async stop() {
      for (const { pid } of findDescendants(child.pid)) {
        try {
          process.kill(pid, "SIGKILL");
        } catch {
          // It ended meanwhile.
        }
      }
      await child.kill();
      temp.remove();
    },
  };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: "127.0.0.1", port });
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}
