import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LabHost } from "./lab-host.ts";

export interface LabFiles {
  /** For `ssh -F` and `--ssh-config`: each host's address and port, our user and key. */
  readonly sshConfig: string;
  readonly knownHosts: string;
  /** The private key that may log in. */
  readonly identity: string;
}

/** Writes what a client needs to reach the hosts into `dir`. */
export function writeLabFiles(
  dir: string,
  user: string,
  privateKey: string,
  hosts: readonly LabHost[],
): LabFiles {
  const files = {
    sshConfig: join(dir, "ssh_config"),
    knownHosts: join(dir, "known_hosts"),
    identity: join(dir, "identity"),
  };
  writeFileSync(files.identity, privateKey, { mode: 0o600 });
  writeFileSync(files.knownHosts, hosts.map(knownHostsLine).join(""));
  writeFileSync(files.sshConfig, [...hosts.map(hostBlock), commonBlock(user, files)].join("\n"));
  return files;
}

/** Makes `folder`, with a command for each Node program. */
export function writePrograms(folder: string, programs: Readonly<Record<string, string>>): void {
  mkdirSync(folder, { mode: 0o700 });
  for (const [name, file] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\nexec "${process.execPath}" "${file}" "$@"\n`, {
      mode: 0o700,
    });
  }
}

/** A name that is also found when the client looks for the address it stands for. */
function knownHostsLine({ name, address, port, hostKey }: LabHost): string {
  return `[${address}]:${port},[${name}]:${port} ${hostKey}\n`;
}

function hostBlock({ name, address, port }: LabHost): string {
  return `Host ${name}\n  HostName ${address}\n  Port ${port}\n`;
}

function commonBlock(user: string, files: LabFiles): string {
  return [
    "Host *",
    `  User "${user}"`,
    `  IdentityFile "${files.identity}"`,
    "  IdentitiesOnly yes",
    `  UserKnownHostsFile "${files.knownHosts}"`,
    "  StrictHostKeyChecking yes",
    "",
  ].join("\n");
}
