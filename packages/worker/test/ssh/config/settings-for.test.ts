import { describe, expect, test } from "vitest";
import { parseConfigLines } from "../../../src/ssh/config/config-lines.ts";
import type { SshOptions } from "../../../src/ssh/config/options.ts";
import { settingsFor, type Destination } from "../../../src/ssh/config/settings-for.ts";

const box = { user: "ops", uid: 1000, home: "/home/ops", hostname: "box", env: { SOCK: "/sock" } };

function resolve(text: string, to: Destination = { host: "db1" }, options: SshOptions = {}) {
  return settingsFor(to, [parseConfigLines("conf", text)], options, box);
}

function settings(text: string, to?: Destination, options?: SshOptions) {
  const resolved = resolve(text, to, options);
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.error));
  return resolved.value.settings;
}

test("nothing said: OpenSSH's defaults, but for keep-alive", () => {
  expect(settings("")).toEqual({
    host: "db1",
    hostname: "db1",
    port: 22,
    user: "ops",
    proxy: { kind: "none" },
    addressFamily: 0,
    hostKey: {
      names: ["db1"],
      namesWithoutPort: [],
      files: [
        "/home/ops/.ssh/known_hosts",
        "/home/ops/.ssh/known_hosts2",
        "/etc/ssh/ssh_known_hosts",
        "/etc/ssh/ssh_known_hosts2",
      ],
      strict: "yes",
      hashNames: false,
      filesAreNamed: false,
    },
    login: {
      identityFiles: ["id_rsa", "id_ecdsa", "id_ed25519"].map((name) => `/home/ops/.ssh/${name}`),
      identitiesAreNamed: false,
      certificateFiles: [],
      identitiesOnly: false,
      methods: ["publickey", "keyboard-interactive", "password"],
    },
    isKerberosOn: false,
    beyondUs: [],
    aliveIntervalMs: 10_000,
    aliveCountMax: 3,
  });
});

test("what only the box's own ssh can do is named with its line, and is no fault where that connects", () => {
  const beyond = (text: string) => settings(text).beyondUs;
  expect(beyond("CertificateFile /c\nPKCS11Provider none\nGSSAPIAuthentication yes")).toEqual([
    "certificatefile (conf:1)",
    "gssapiauthentication (conf:3)",
  ]);
  expect(beyond("HostbasedAuthentication no\nKnownHostsCommand none\nCertificateFile none")).toEqual([]);
  // Debian turns it on for everybody.
  const system = [parseConfigLines("/etc/ssh/ssh_config", "GSSAPIAuthentication yes")];
  const ofTheBox = settingsFor({ host: "db1" }, system, {}, box);
  expect(ofTheBox).toMatchObject({ ok: true, value: { settings: { beyondUs: [], isKerberosOn: true } } });

  const files = [parseConfigLines("conf", "CanonicalizeHostname yes\nKexAlgorithms sntrup761x25519-sha512")];
  const alone = settingsFor({ host: "db1" }, files, {}, box);
  if (alone.ok) throw new Error("ssh2 can do it");
  expect(alone.error.map(({ beyondUs }) => beyondUs)).toEqual(["canonicalizehostname"]);
  expect(settingsFor({ host: "db1" }, files, {}, box, alone.error)).toMatchObject({
    ok: true,
    value: { settings: { beyondUs: ["canonicalizehostname (conf:1)"] } },
  });
  const unknown = resolve("Match exec true\n  Foo 1");
  expect(unknown).toMatchObject({ ok: false, error: [{ beyondUs: "match exec" }, { line: 2 }] });
  if (!unknown.ok) expect(unknown.error[1]?.beyondUs).toBeUndefined();
  const postQuantum = resolve("KexAlgorithms sntrup761x25519-sha512");
  expect(postQuantum).toMatchObject({ ok: false, error: [{ beyondUs: "kexalgorithms" }] });
});

test("the destination goes before ssh_config, and Match sees it", () => {
  const text = "Match user root host 10.*\n  Port 7\nMatch all\nHostName h\nPort 5\nUser u";
  expect(settings(text, { host: "db1", user: "root", address: "10.0.0.9" })).toMatchObject({
    hostname: "10.0.0.9",
    user: "root",
    port: 7,
  });
  expect(settings(text)).toMatchObject({ hostname: "h", user: "u", port: 5 });
});

test("options go before ssh_config where they are given", () => {
  const text = "StrictHostKeyChecking accept-new\nUserKnownHostsFile /c\nIdentityFile /c/key";
  expect(settings(text).hostKey.strict).toBe("accept-new");
  const both = settings(text, undefined, {
    strictHostKeyChecking: "no",
    knownHostsFiles: ["/o"],
    identities: ["/o/key", "/c/key"],
  });
  expect(both.hostKey).toMatchObject({ strict: "no", files: ["/o"] });
  expect(both.login).toMatchObject({ identityFiles: ["/o/key", "/c/key"], identitiesAreNamed: true });
});

describe("names in known_hosts", () => {
  test.each<[string, Destination, string[], string[]]>([
    ["", { host: "Db1" }, ["db1"], []],
    ["Port 2222", { host: "db1" }, ["[db1]:2222"], ["db1"]],
    ["HostName H", { host: "db1" }, ["h"], []],
    ["HostKeyAlias A\nPort 5", { host: "db1" }, ["a"], []],
    ["", { host: "db1", address: "10.0.0.5" }, ["10.0.0.5", "db1"], []],
    ["", { host: "db1", address: "10.0.0.5", port: 5 }, ["[10.0.0.5]:5", "[db1]:5"], ["10.0.0.5", "db1"]],
    ["", { host: "db1", address: "DB1" }, ["db1"], []],
  ])("%j, %j", (text, to, names, namesWithoutPort) => {
    expect(settings(text, to).hostKey).toMatchObject({ names, namesWithoutPort });
  });
});

test("files named none are none, and IdentityFile none takes ssh's usual ones away", () => {
  const made = settings("IdentityFile none\nUserKnownHostsFile none\nGlobalKnownHostsFile none");
  expect(made.login).toMatchObject({ identityFiles: [], identitiesAreNamed: true });
  expect(made.hostKey.files).toEqual([]);
});

test.each([
  ["", "/env"],
  ["IdentityAgent none", undefined],
  ["IdentityAgent SSH_AUTH_SOCK", "/env"],
  ["IdentityAgent $SOCK", "/sock"],
  ["IdentityAgent ${SOCK}/%r", "/sock/ops"],
  ["IdentityAgent ~/agent", "/home/ops/agent"],
])("agent: %j", (text, socket) => {
  expect(settings(text, undefined, { agentSocket: "/env" }).login.agentSocket).toBe(socket);
});

test("proxies, with tokens", () => {
  expect(settings("ProxyCommand nc %h %p %r %n %%", { host: "db1", address: "h" }).proxy).toEqual({
    kind: "command",
    command: "nc h 22 ops db1 %",
  });
  expect(settings("ProxyJump %r@jump-%h:2200,b").proxy).toEqual({
    kind: "jump",
    hops: [{ host: "jump-db1", user: "ops", port: 2200 }, { host: "b" }],
  });
});

test.each([
  ["PubkeyAuthentication no", ["keyboard-interactive", "password"]],
  ["PubkeyAuthentication unbound", ["publickey", "keyboard-interactive", "password"]],
  ["PasswordAuthentication no\nKbdInteractiveAuthentication no", ["publickey"]],
  ["PreferredAuthentications password,gssapi-with-mic,publickey", ["password", "publickey"]],
])("methods: %j", (text, methods) => {
  expect(settings(text).login.methods).toEqual(methods);
});

describe("what is not honoured", () => {
  test.each([
    "CanonicalizeHostname yes",
    "RemoteCommand sudo -i",
    "ProxyUseFdpass yes",
    "BindInterface eth1",
    "RevokedHostKeys /etc/ssh/revoked",
    "RefuseConnection closed",
    'Match exec "true"',
    "Match tagged t",
    "Hostnmae x",
    "IdentityFile ~other/key",
    "IdentityFile ${NOWHERE}/key",
    "ProxyCommand nc %z",
    "HostName %z",
  ])("%s is refused, by file and line", (text) => {
    const resolved = resolve(`# first\n${text}`);
    expect(resolved).toMatchObject({ ok: false, error: [{ file: "conf", line: 2 }] });
  });

  test.each([
    "CanonicalizeHostname no",
    "RemoteCommand none",
    "ProxyUseFdpass no",
    "Host other\n  CanonicalizeHostname yes",
    "CanonicalizeHostname no\nCanonicalizeHostname yes",
    'Match user nobody exec "true"',
    "IgnoreUnknown Hostn*\nHostnmae x",
  ])("%j is no matter", (text) => {
    expect(resolve(text)).toMatchObject({ ok: true, value: { told: [] } });
  });

  test("ignored by option", () => {
    const options = { ignoreDirectives: ["CanonicalizeHostname", "match exec", "hostnmae"] };
    const text = 'CanonicalizeHostname yes\nHostnmae x\nMatch exec "true"\n  Port 9';
    expect(resolve(text, undefined, options)).toMatchObject({ ok: true, value: { settings: { port: 22 } } });
  });

  test("what may be missed is told, what does nothing is not", () => {
    const resolved = resolve(
      "SetEnv A=1\nForwardAgent yes\nForwardX11 no\nSendEnv LANG LC_*\nCertificateFile /c\nLogLevel INFO",
    );
    expect(resolved.ok && resolved.value.told.map(({ keyword }) => keyword)).toEqual([
      "setenv",
      "forwardagent",
      "certificatefile",
    ]);
  });
});
