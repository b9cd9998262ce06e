import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bareEnv, startChild } from "../../support/child-program.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import type { Contender, Fleet, Pass } from "./contender.ts";

/**
 * The rivals have no flow of passes: each pass is a command line of its own, as an operator would type it, and
 * timed from its start to its end. Fabric is a library, and does as many passes as we do.
 */
const RIVAL_PASSES = 2;

interface CommandLine {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Those of Debian's ansible-core, ansible-mitogen, fabric, clustershell, pdsh and pssh that are installed. */
export function installedRivals(): { readonly rivals: readonly Contender[]; readonly missing: string[] } {
  const all = [ansible, mitogen, clush, pdsh, pssh, fabric];
  const missing = all.filter(({ needs }) => !existsSync(needs)).map(({ debian }) => debian);
  return { rivals: all.filter(({ needs }) => existsSync(needs)), missing };
}

interface Rival extends Contender {
  readonly needs: string;
  readonly debian: string;
}

const ansible = rival("ansible -m raw", "/usr/bin/ansible", "ansible-core", (fleet, dir) => ({
  ...ansibleRaw(fleet, dir),
  env: {
    ...ansibleRaw(fleet, dir).env,
    ANSIBLE_SSH_ARGS: `-F ${fleet.sshd.sshConfigFile} -o ControlMaster=auto -o ControlPersist=60s`,
    ANSIBLE_SSH_CONTROL_PATH_DIR: join(dir, "cp"),
  },
}));

/** Mitogen keeps no connections from one command line to the next. */
const mitogen = rival(
  "ansible -m raw with Mitogen",
  "/usr/lib/python3/dist-packages/ansible_mitogen",
  "ansible-mitogen",
  (fleet, dir) => ({
    ...ansibleRaw(fleet, dir),
    env: {
      ...ansibleRaw(fleet, dir).env,
      ANSIBLE_STRATEGY: "mitogen_linear",
      ANSIBLE_SSH_ARGS: `-F ${fleet.sshd.sshConfigFile}`,
    },
  }),
);

function ansibleRaw(fleet: Fleet, dir: string): Required<CommandLine> {
  return {
    program: "/usr/bin/ansible",
    args: ["all", "-i", hostsFile(fleet, dir), "-m", "raw", "-a", "true", "-f", String(fleet.atOnce)],
    env: { HOME: dir, ANSIBLE_LOCALHOST_WARNING: "0" },
  };
}

const clush = rival("clush", "/usr/bin/clush", "clustershell", ({ names, atOnce, sshd }) => ({
  program: "/usr/bin/clush",
  args: ["-S", "-f", String(atOnce), "-o", `-F ${sshd.sshConfigFile}`, "-w", names.join(","), "true"],
}));

const pdsh = rival("pdsh", "/usr/bin/pdsh", "pdsh", ({ names, atOnce, sshd }) => ({
  program: "/usr/bin/pdsh",
  args: ["-S", "-R", "ssh", "-f", String(atOnce), "-w", names.join(","), "true"],
  env: { PDSH_SSH_ARGS_APPEND: `-F ${sshd.sshConfigFile}` },
}));

const pssh = rival("parallel-ssh", "/usr/bin/parallel-ssh", "pssh", (fleet, dir) => ({
  program: "/usr/bin/parallel-ssh",
  args: [
    ...["-p", String(fleet.atOnce), "-h", hostsFile(fleet, dir)],
    ...["-x", `-F ${fleet.sshd.sshConfigFile}`, "true"],
  ],
}));

const FABRIC_LOOP = fileURLToPath(new URL("./fabric-loop.py", import.meta.url));

/** Fabric is a library: one process that keeps its connections, with threads. */
const fabric: Rival = {
  name: "Fabric 2, threads",
  needs: "/usr/lib/python3/dist-packages/fabric",
  debian: "fabric",
  run: async ({ sshd, names, atOnce, passes }) => {
    const args = [FABRIC_LOOP, sshd.sshConfigFile, sshd.knownHostsFile, String(atOnce), String(passes)];
    const child = startChild("/usr/bin/python3", [...args, ...names]);
    const { code } = await child.exited;
    if (code !== 0) throw new Error(`Fabric ended with ${code}:\n${child.output()}`);
    const lines = child.stdout().trim().split("\n");
    return lines.map((line): Pass => ({ ms: Number(line), cpuMs: {} }));
  },
};

function rival(
  name: string,
  needs: string,
  debian: string,
  commandLine: (fleet: Fleet, dir: string) => CommandLine,
): Rival {
  const run = async (fleet: Fleet): Promise<Pass[]> => {
    const temp = makeTempDir("rival");
    try {
      const { program, args, env } = commandLine(fleet, temp.path);
      const passes: Pass[] = [];
      for (let pass = 1; pass <= RIVAL_PASSES; pass += 1) {
        const startMs = performance.now();
        const child = startChild(program, args, { env: { ...bareEnv, ...env } });
        const { code } = await child.exited;
        if (code !== 0) throw new Error(`${name} ended with ${code}:\n${child.output().slice(-2000)}`);
        passes.push({ ms: performance.now() - startMs, cpuMs: {} });
      }
      return passes;
    } finally {
      // ControlPersist leaves connections behind; the hosts' processor time is known when they have ended. Their
      // processes have written their name over their environment: it has the path of the control socket.
      spawnSync("pkill", ["-f", `^ssh: ${temp.path}/`]);
      temp.remove();
    }
  };
  return { name, needs, debian, run };
}

function hostsFile({ names }: Fleet, dir: string): string {
  const path = join(dir, "hosts");
  writeFileSync(path, `${names.join("\n")}\n`);
  return path;
}
