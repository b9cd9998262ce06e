import { join } from "node:path";
import { fail, given, succeed, type Result } from "@roadrunner/core";
import type { ConfigFile } from "./config-lines.ts";
import type { HostSettings, StrictHostKeyChecking } from "./host-settings.ts";
import type { SshProblem, SshTarget } from "./lease.ts";
import type { SshOptions } from "./options.ts";
import { problem } from "./problem.ts";
import { directivesFor, type Directives } from "./resolve-host.ts";

/** Who runs the worker. */
export interface LocalUser {
  readonly name: string;
  readonly home: string;
}

const DEFAULT_IDENTITIES = ["id_rsa", "id_ecdsa", "id_ed25519"];

/** What target, options and ssh_config say about one host, in this order of precedence. */
export function settingsFor(
  target: SshTarget,
  files: readonly ConfigFile[],
  options: SshOptions,
  me: LocalUser,
): Result<HostSettings, SshProblem> {
  const directives = directivesFor(files, target.host);
  const first = (keyword: string) => directives.get(keyword)?.[0]?.args[0];
  const hostname = target.address ?? first("hostname")?.replaceAll("%h", target.host) ?? target.host;
  const port = target.port ?? Number(first("port") ?? 22);
  const user = target.user ?? first("user") ?? me.name;
  const named = [...(options.identities ?? []), ...allOf(directives, "identityfile")];
  const hostKeyAlias = first("hostkeyalias");
  const knownHosts = options.knownHostsFiles ?? [
    ...(directives.get("userknownhostsfile")?.[0]?.args ?? ["~/.ssh/known_hosts", "~/.ssh/known_hosts2"]),
    ...(directives.get("globalknownhostsfile")?.[0]?.args ?? [
      "/etc/ssh/ssh_known_hosts",
      "/etc/ssh/ssh_known_hosts2",
    ]),
  ];
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    return fail(problem("config", `port ${port} of ${target.host} is not between 1 and 65535`));
  const file = (path: string) => (path.startsWith("~/") ? join(me.home, path.slice(2)) : path);
  return succeed({
    host: target.host,
    hostname,
    port,
    user,
    ...given({ hostKeyAlias, agentSocket: options.agentSocket }),
    identityFiles:
      named.length > 0 ? named.map(file) : DEFAULT_IDENTITIES.map((name) => join(me.home, ".ssh", name)),
    identitiesAreNamed: named.length > 0,
    identitiesOnly: first("identitiesonly")?.toLowerCase() === "yes",
    knownHostsFiles: knownHosts.map(file),
    strictHostKeyChecking: options.strictHostKeyChecking ?? strictness(first("stricthostkeychecking")),
  });
}

function allOf(directives: Directives, keyword: string): string[] {
  return (directives.get(keyword) ?? []).flatMap((line) => line.args.slice(0, 1));
}

function strictness(word: string | undefined): StrictHostKeyChecking {
  if (word === "accept-new") return word;
  return word === "no" || word === "off" ? "no" : "yes";
}
