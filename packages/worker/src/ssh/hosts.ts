import { readFileSync } from "node:fs";
import { homedir, hostname, userInfo } from "node:os";
import { join } from "node:path";
import { fail, succeed, type Result } from "@roadrunner/core";
import { parseConfigLines, type ConfigFile } from "./config-lines.ts";
import { Connection } from "./connection.ts";
import { startDeadline, type Deadline } from "./deadline.ts";
import { dial } from "./dial.ts";
import { handshake } from "./handshake.ts";
import type { HostSettings } from "./host-settings.ts";
import { fingerprint, judgeHostKey, keysFor, keyTypeOf, knownName, parseKnownHosts } from "./known-hosts.ts";
import { identitiesFor } from "./identities.ts";
import type { SshHosts, SshLease, SshProblem, SshTarget } from "./lease.ts";
import type { SshOptions } from "./options.ts";
import { problem } from "./problem.ts";
import { settingsFor } from "./settings-for.ts";

const DEFAULT_KEEP_ALIVE_MS = 60_000;
const DEFAULT_CHANNELS = 5;

/** Connections to hosts as an operator's OpenSSH makes them, kept and shared. */
export function createSshHosts(options: SshOptions = {}): SshHosts {
  return new Hosts(options);
}

interface Kept {
  readonly connection: Connection;
  leases: number;
  idleTimer?: NodeJS.Timeout;
}

class Hosts implements SshHosts {
  readonly #options: SshOptions;
  readonly #kept = new Map<string, Set<Kept>>();
  #leases = 0;

  constructor(options: SshOptions) {
    this.#options = options;
  }

  async connect(target: SshTarget, signal?: AbortSignal): Promise<Result<SshLease, SshProblem>> {
    const startedAt = performance.now();
    const deadline = startDeadline(target.connectTimeoutMs, signal);
    const resolved = settingsFor(target, this.#configFiles(), this.#options, {
      user: userInfo().username,
      uid: userInfo().uid,
      home: homedir(),
      hostname: hostname(),
      env: process.env,
    });
    if (!resolved.ok)
      return fail(
        problem("config", resolved.error.map((one) => `${one.file}:${one.line}: ${one.message}`).join("; ")),
      );
    const { settings } = resolved.value;
    const key = JSON.stringify(settings);
    const kept = this.#free(key);
    if (kept !== undefined) return succeed(this.#lease(kept, 0));
    const made = await connectTo(settings, deadline);
    if (!made.ok) return made;
    const entry = this.#keep(key, made.value);
    return succeed(this.#lease(entry, Math.round(performance.now() - startedAt)));
  }

  stats(): { connections: number; leases: number } {
    let connections = 0;
    for (const set of this.#kept.values()) connections += set.size;
    return { connections, leases: this.#leases };
  }

  async close(): Promise<void> {
    for (const set of this.#kept.values()) for (const kept of set) kept.connection.close();
    this.#kept.clear();
  }

  #configFiles(): ConfigFile[] {
    const paths = this.#options.sshConfigFiles ?? [join(homedir(), ".ssh/config"), "/etc/ssh/ssh_config"];
    return paths.flatMap((path) => {
      try {
        return [parseConfigLines(path, readFileSync(path, "utf8"))];
      } catch {
        return [];
      }
    });
  }

  #free(key: string): Kept | undefined {
    const limit = this.#options.connectionChannels ?? DEFAULT_CHANNELS;
    for (const kept of this.#kept.get(key) ?? []) if (kept.leases < limit) return kept;
    return undefined;
  }

  #keep(key: string, connection: Connection): Kept {
    const kept: Kept = { connection, leases: 0 };
    const set = this.#kept.get(key) ?? new Set();
    this.#kept.set(key, set.add(kept));
    connection.onDead(() => {
      clearTimeout(kept.idleTimer);
      set.delete(kept);
      if (set.size === 0 && this.#kept.get(key) === set) this.#kept.delete(key);
    });
    return kept;
  }

  #lease(kept: Kept, connectMs: number): SshLease {
    kept.leases += 1;
    this.#leases += 1;
    clearTimeout(kept.idleTimer);
    let released = false;
    const { connection } = kept;
    return {
      server: connection.server,
      connectMs,
      connectionId: connection.id,
      user: connection.user,
      exec: async (command) => {
        const channel = await connection.exec(command, 30_000);
        return channel.ok ? channel : fail(channel.error.problem);
      },
      release: () => {
        if (released) return;
        released = true;
        kept.leases -= 1;
        this.#leases -= 1;
        if (kept.leases > 0) return;
        kept.idleTimer = setTimeout(
          () => connection.close(),
          this.#options.keepAliveMs ?? DEFAULT_KEEP_ALIVE_MS,
        );
        kept.idleTimer.unref();
      },
    };
  }
}

async function connectTo(
  settings: HostSettings,
  deadline: Deadline,
): Promise<Result<Connection, SshProblem>> {
  const { host, hostname, port } = settings;
  const where = host === hostname ? `${host} port ${port}` : `${host} (${hostname} port ${port})`;
  const identities = await identitiesFor(settings.login);
  const stream = await dial(hostname, port, deadline);
  if (!stream.ok) return fail({ ...stream.error, message: `${host}: ${stream.error.message}` });
  const done = await handshake({
    stream: stream.value,
    settings,
    where,
    identities,
    deadline,
    checkHostKey: (blob) => checkHostKey(settings, where, blob),
  });
  return done.ok ? succeed(new Connection(done.value, where, settings.user)) : done;
}

function checkHostKey(settings: HostSettings, where: string, blob: Buffer): SshProblem | undefined {
  if (settings.hostKey.strict === "no") return undefined;
  const files = settings.hostKey.files.flatMap((path) => {
    try {
      return [parseKnownHosts(path, readFileSync(path, "utf8"))];
    } catch {
      return [];
    }
  });
  const name = settings.hostKey.alias ?? knownName(settings.hostname, settings.port);
  const verdict = judgeHostKey(
    blob,
    files.flatMap((file) => keysFor(file, name)),
    files.flatMap((file) => keysFor(file, settings.hostKey.alias ?? settings.hostname)),
  );
  const shown = `${keyTypeOf(blob)} ${fingerprint(blob)}`;
  switch (verdict.kind) {
    case "known":
      return undefined;
    case "revoked":
      return problem(
        "hostKey",
        `${where} shows the revoked host key ${shown} (${verdict.by.file}:${verdict.by.line})`,
      );
    case "changed":
      return problem(
        "hostKey",
        `the host key of ${where} has changed: it shows ${shown}, known are ${verdict.known.map((key) => `${key.type} ${fingerprint(key.blob)} (${key.file}:${key.line})`).join(", ")}`,
      );
    case "unknown":
      return problem(
        "hostKey",
        `the host key of ${where} is not known: ${shown} for ${name} is in none of ${settings.hostKey.files.join(", ")}`,
      );
  }
}
