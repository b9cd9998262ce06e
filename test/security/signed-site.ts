import { readFileSync } from "node:fs";
import { join } from "node:path";
import { names, Site } from "../support/site.ts";
import { ownFolder } from "../support/sshd.ts";
import { makeKeys, type Keys } from "./keys.ts";

/** Real parts whose one worker takes what alice has signed, and nothing else, and keeps an audit log. */
export interface SignedSite {
  readonly site: Site;
  readonly keys: Keys;
  /** Her private key's file. */
  readonly alice: string;
  readonly auditLog: string;
  /** Lines of the audit log that have these fields. */
  audited(fields: Record<string, unknown>): Record<string, unknown>[];
  stop(): Promise<void>;
}

export async function startSignedSite(workerArgs: readonly string[] = []): Promise<SignedSite> {
  const keys = makeKeys();
  const alice = keys.make("alice");
  const auditLog = join(keys.path, "audit.log");
  const signers = keys.allow("allowed_signers", "alice");
  const site = await Site.start({
    hosts: names("h", 3),
    workers: 1,
    workerArgs: ["--allowed-signers", signers, "--audit-log", auditLog, "--id", "w1", ...workerArgs],
  });
  return {
    site,
    keys,
    alice,
    auditLog,
    audited: (fields) =>
      readFileSync(auditLog, "utf8")
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .filter((line) => Object.entries(fields).every(([key, value]) => line[key] === value)),
    stop: async () => {
      await site.stop();
      keys.remove();
    },
  };
}

/** A flow of one job that leaves a line in a file of each host. */
export function flow(trace: string, more: object = {}) {
  const command = `${ownFolder}; echo "$RR_HOST" >> $d/${trace}`;
  return { name: trace, slots: [{ jobs: [{ name: "j", hosts: "h[1-3]", command, ...more }] }] };
}
