import { spawnSync } from "node:child_process";
import { hostname, userInfo } from "node:os";
import { ConfigFiles } from "../../packages/worker/src/ssh/config/config-files.ts";
import { resolveHost } from "../../packages/worker/src/ssh/config/resolve-host.ts";
import { settingsFor } from "../../packages/worker/src/ssh/config/settings-for.ts";
import { findProgram } from "../support/programs.ts";

/** What both sides make of a host, in one notation; "refused" where the files cannot be followed. */
export type Resolution = Readonly<Record<string, string>> | "refused";

const me = userInfo();

/** As `ssh -G` prints it. */
export function resolvedByOpenSsh(configFile: string, host: string): Resolution {
  const done = spawnSync(findProgram("ssh"), ["-G", "-F", configFile, host], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (done.status !== 0) return "refused";
  const lines = new Map<string, string[]>();
  for (const line of done.stdout.split("\n")) {
    const [keyword = "", ...rest] = line.split(" ");
    lines.set(keyword, [...(lines.get(keyword) ?? []), rest.join(" ")]);
  }
  const first = (keyword: string, otherwise = "") => lines.get(keyword)?.[0] ?? otherwise;
  const strict = { true: "yes", ask: "yes", false: "no", off: "no" }[first("stricthostkeychecking")];
  return {
    hostname: first("hostname"),
    port: first("port"),
    user: first("user"),
    identityFiles: (lines.get("identityfile") ?? []).filter((path) => !DEFAULTS.test(path)).join(" "),
    identitiesOnly: first("identitiesonly"),
    identityAgent: first("identityagent"),
    jump: first("proxyjump"),
    command: first("proxycommand"),
    knownHosts: `${first("userknownhostsfile")} ${first("globalknownhostsfile")}`,
    strict: strict ?? first("stricthostkeychecking"),
    hashNames: first("hashknownhosts"),
    connectTimeout: first("connecttimeout").replace("none", "0"),
    aliveInterval: first("serveraliveinterval"),
    aliveCount: first("serveralivecountmax"),
    alias: first("hostkeyalias"),
    family: first("addressfamily"),
    bind: first("bindaddress"),
    password: first("passwordauthentication"),
    keyboard: first("kbdinteractiveauthentication"),
  };
}

const DEFAULTS = /^~\/\.ssh\/id_(rsa|ecdsa|ecdsa_sk|ed25519|ed25519_sk|xmss|dsa)$/;

/** As we resolve it. */
export function resolvedByUs(configFile: string, host: string): Resolution {
  const files = new ConfigFiles({ paths: [configFile], home: me.homedir, uid: me.uid }).read(0);
  const box = { user: me.username, uid: me.uid, home: me.homedir, hostname: hostname(), env: process.env };
  const resolved = settingsFor({ host }, files, { agentSocket: "/agent" }, box);
  if (!resolved.ok) return "refused";
  const { settings } = resolved.value;
  const { directives } = resolveHost({ files, host, localUser: me.username, ignored: new Set() });
  const raw = (keyword: string) => (directives.get(keyword) ?? []).map(({ args }) => args[0] ?? "");
  const { proxy, hostKey, login } = settings;
  const agent = raw("identityagent")[0] ?? "";
  const onOff = (on: boolean) => (on ? "yes" : "no");
  return {
    hostname: settings.hostname,
    port: String(settings.port),
    user: settings.user,
    identityFiles: Array.from(new Set(raw("identityfile"))).join(" "),
    identitiesOnly: onOff(login.identitiesOnly),
    identityAgent: /^[^/]*$/.test(agent) ? agent : (login.agentSocket ?? ""),
    jump:
      proxy.kind === "jump"
        ? proxy.hops
            .map(
              ({ user, host, port }) =>
                `${user === undefined ? "" : `${user}@`}${host.includes(":") ? `[${host}]` : host}${port === undefined ? "" : `:${port}`}`,
            )
            .join(",")
        : "",
    command: proxy.kind === "command" ? proxy.command : "",
    knownHosts: hostKey.files.join(" "),
    strict: hostKey.strict,
    hashNames: onOff(hostKey.hashNames),
    connectTimeout: String((settings.connectTimeoutMs ?? 0) / 1000),
    aliveInterval: directives.has("serveraliveinterval") ? String(settings.aliveIntervalMs / 1000) : "0",
    aliveCount: String(settings.aliveCountMax),
    alias: directives.has("hostkeyalias") ? hostKey.names[0] : "",
    family: { 0: "any", 4: "inet", 6: "inet6" }[settings.addressFamily],
    bind: settings.bindAddress ?? "",
    password: onOff(login.methods.includes("password")),
    keyboard: onOff(login.methods.includes("keyboard-interactive")),
  };
}
