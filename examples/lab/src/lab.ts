import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { makeKey } from "./keys.ts";
import { writeLabFiles, writePrograms, type LabFiles } from "./lab-files.ts";
import { startLabHost, type LabHost } from "./lab-host.ts";

export interface LabOptions {
  /** Host names, such as "db1". */
  readonly hosts: readonly string[];
  /** These hosts hold a file "disk-full" in their home, for commands that look for it. */
  readonly failing?: readonly string[];
  /** Node programs that the hosts' commands find in PATH: what each is called, and its file. */
  readonly programs?: Readonly<Record<string, string>>;
}

export interface Lab extends LabFiles {
  /** A private temporary folder with all of the lab in it; removed by `stop`. */
  readonly dir: string;
  readonly user: string;
  readonly hosts: readonly LabHost[];
  /** Stops the hosts, kills what still runs on them, removes the folder. */
  stop(): Promise<void>;
}

/**
 * Starts small SSH hosts in this process, each on a port of its own of 127.0.0.1 and with a folder of its own
 * as home, for a fresh key that only the lab's folder holds. Commands really run, as the user who started the
 * lab and with that user's rights: it is for harmless commands. The folder and the commands go at the process's
 * "exit" at the latest, which a signal that nobody listens for does not give. A command that has left its
 * process group (a daemon) is on its own.
 */
export async function startLab(options: LabOptions): Promise<Lab> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "roadrunner-lab-")));
  const hosts: LabHost[] = [];
  const atExit = () => {
    for (const host of hosts) host.killCommands();
    rmSync(dir, { recursive: true, force: true });
  };
  process.once("exit", atExit);
  const stop = async () => {
    await Promise.all(hosts.map((host) => host.stop()));
    rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
    process.off("exit", atExit);
  };
  try {
    return { ...(await startIn(dir, options, hosts)), hosts, dir, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startIn(
  dir: string,
  options: LabOptions,
  hosts: LabHost[],
): Promise<LabFiles & { readonly user: string }> {
  const user = userInfo().username;
  const clientKey = makeKey();
  const programs = join(dir, "bin");
  writePrograms(programs, options.programs ?? {});
  for (const name of options.hosts) {
    const home = join(dir, "hosts", name);
    hosts.push(await startLabHost({ name, home, user, programs, clientKey: clientKey.public }));
    if (options.failing?.includes(name) === true) writeFileSync(join(home, "disk-full"), "");
  }
  return { user, ...writeLabFiles(dir, user, clientKey.private, hosts) };
}
