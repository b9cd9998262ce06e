import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readOptions } from "@roadrunner/core/cli";
import { afterAll, describe, expect, it } from "vitest";
import { makeTempDir } from "../../../../test/support/temp-dir.ts";
import { workerOptions } from "../../src/options/options.ts";

const temp = makeTempDir("named-files");
afterAll(() => temp.remove());

function file(name: string, mode = 0o600, text = "x\n"): string {
  const path = join(temp.path, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

// Its own folders count, as nobody else could enter the temp folder as it is made.
chmodSync(temp.path, 0o755);
const writable = file("writable", 0o606);
const shared = join(temp.path, "shared");
mkdirSync(join(shared, "folder"), { recursive: true });
writeFileSync(join(shared, "file"), "x\n", { mode: 0o600 });
chmodSync(shared, 0o777);

const PRIVATE = "-----BEGIN OPENSSH PRIVATE KEY-----\n";
const folder = join(temp.path, "folder");
mkdirSync(folder);
const missing = join(temp.path, "missing");
const open = file("open", 0o644);
const closed = file("closed");
const below = join(closed, "below");
const link = join(temp.path, "link");
symlinkSync(closed, link);
const agentKey = join(temp.path, "agent-key");
file("agent-key.pub", 0o644, "ssh-ed25519 AAAA\n");

const problems = (option: string, value: string) => {
  const read = readOptions(workerOptions, { [option]: value }, {});
  return read.ok ? [] : read.error;
};

describe("files that options name, looked at before anything starts", () => {
  it.each<readonly [option: string, path: string, fault: string]>([
    ["ssh-config", missing, "does not exist; name one that does"],
    [
      "ssh-config",
      "~/.ssh/config",
      "does not exist: ~ stands for a home folder in the shell only; write it out",
    ],
    ["ssh-config", folder, "is a folder; name a file"],
    ["ssh-config", below, "cannot be looked at (ENOTDIR); mend that, or name another"],
    ["known-hosts", folder, "is a folder; name a file"],
    ["known-hosts", join(missing, "too", "known_hosts"), "does not exist; name one that does"],
    ["identity", missing, "does not exist; name one that does"],
    ["identity", folder, "is a folder; name a file"],
    [
      "identity",
      file("open-key", 0o644, PRIVATE),
      "may be read by others than its owner (mode 0644); chmod 600 it",
    ],
    ["passphrase-file", missing, "does not exist; name one that does"],
    ["passphrase-file", open, "may be read by others than its owner (mode 0644); chmod 600 it"],
    ["ssh-password-file", folder, "is a folder; name a file"],
    ["ssh-password-file", open, "may be read by others than its owner (mode 0644); chmod 600 it"],
    ["sudo-password-file", missing, "does not exist; name one that does"],
    ["sudo-password-file", open, "may be read by others than its owner (mode 0644); chmod 600 it"],
    ["sudo-password-file", link, "is not a plain file; name one"],
    ["allowed-signers", missing, "does not exist; name one that does"],
    ["revoked-signers", missing, "does not exist; name one that does"],
    ["policy", folder, "is a folder; name a file"],
    ["pool-key-file", missing, "does not exist; name one that does"],
    ["pool-key-file", open, "may be read by others than its owner (mode 0644); chmod 600 it"],
    ...[
      "ssh-config",
      "known-hosts",
      "passphrase-file",
      "sudo-password-file",
      "allowed-signers",
      "revoked-signers",
      "policy",
    ].map(
      (option) =>
        [option, writable, "may be written by others than its owner (mode 0606); chmod go-w it"] as const,
    ),
    ...[
      "ssh-config",
      "known-hosts",
      "allowed-signers",
      "revoked-signers",
      "policy",
      "pool-key-file",
      "secrets-dir",
    ].map(
      (option) =>
        [
          option,
          option === "secrets-dir" ? join(shared, "folder") : join(shared, "file"),
          `lies in ${shared}, which others may write (mode 0777); chmod go-w ${shared}, or put it elsewhere`,
        ] as const,
    ),
    ["secrets-dir", missing, "does not exist; name one that does"],
    ["secrets-dir", closed, "is not a folder; name one"],
  ])("--%s %s", (option, path, fault) => {
    expect(problems(option, path)).toEqual([`--${option}: ${path} ${fault}`]);
  });

  it.each([
    ["ssh-config", "/dev/null"],
    ["known-hosts", "/dev/null"],
    ["known-hosts", missing],
    ["known-hosts", join(missing, "known_hosts")],
    ["identity", file("key", 0o600, PRIVATE)],
    ["identity", file("public-key", 0o644, "ssh-ed25519 AAAA\n")],
    ["identity", agentKey],
    ["passphrase-file", closed],
    ["ssh-password-file", link],
    ["sudo-password-file", closed],
    ["secrets-dir", folder],
    ["record-dir", "/var/tmp/%u"],
  ])("takes --%s %s", (option, path) => {
    expect(problems(option, path)).toEqual([]);
  });

  it("tells each file of a list, and every option", () => {
    const read = readOptions(
      workerOptions,
      { "ssh-config": `${closed},${folder},${missing}` },
      { RR_RECORD_DIR: "r" },
    );
    expect(read).toEqual({
      ok: false,
      error: [
        'RR_RECORD_DIR: "r" is not absolute; it is a folder on the hosts, and begins with /',
        `--ssh-config: ${folder} is a folder; name a file; ${missing} does not exist; name one that does`,
      ],
    });
  });
});
