import { execFileSync, spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { isAlgorithmList, resolveAlgorithms } from "../../packages/worker/src/ssh/config/algorithm-names.ts";
import {
  ALGORITHM_KINDS,
  CIPHERS,
  HOST_KEYS,
  KEX,
  MACS,
} from "../../packages/worker/src/ssh/config/algorithms.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findProgram } from "../support/programs.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { startAgent } from "./agent.ts";
import { makeKey, openGround, publicKey, writePrivate, writeSshConfig, type Ground } from "./ground.ts";

failOnLeftovers();

const HOST = "127.7.0.1";
const temp = makeTempDir("ssh-algorithms");
const grounds: Ground[] = [];
afterEach(async () => {
  await Promise.all(grounds.splice(0).map((ground) => ground.close()));
});
afterAll(() => temp.remove());

const DIRECTIVES = ["Ciphers", "HostKeyAlgorithms", "KexAlgorithms", "MACs", "PubkeyAcceptedAlgorithms"];
const QUERY: Record<string, string> = { Ciphers: "cipher", KexAlgorithms: "kex", MACs: "mac" };

function ssh(...args: string[]): string | undefined {
  const done = spawnSync(findProgram("ssh"), args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  return done.status === 0 ? done.stdout : undefined;
}

/** What ssh makes of the directive; undefined: it refuses the line. */
function byOpenSsh(directive: string, written?: string): string[] | undefined {
  const line = written === undefined ? [] : ["-o", `${directive}=${written}`];
  const printed = ssh("-G", "-F", "none", ...line, "host");
  if (printed === undefined) return undefined;
  const names = new RegExp(`^${directive} (.*)$`, "im").exec(printed)?.[1] ?? "";
  return names === "" ? [] : names.split(",");
}

describe.each(DIRECTIVES)("%s", (directive) => {
  const known = (ssh("-Q", QUERY[directive] ?? directive) ?? "").trim().split("\n");
  const defaults = byOpenSsh(directive) ?? [];
  const ours = ALGORITHM_KINDS[directive.toLowerCase()];
  if (ours === undefined) throw new Error(`no such directive: ${directive}`);
  const takesPatterns = ours.takesPatterns;

  test("is resolved as ssh -G does", () => {
    const name = fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...known) },
      {
        weight: 3,
        arbitrary: fc.constantFrom("*", "ssh-*", "*sha1*", "aes*", "?cdsa-*", "rsa-sha2-*", "*-etm@*"),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom("nonsense", "!ssh-rsa", "!aes128-ctr", "", "RSA", "ED25519", "none"),
      },
    );
    const list = fc
      .tuple(fc.constantFrom("", "", "+", "-", "^"), fc.array(name, { minLength: 1, maxLength: 4 }))
      .map(([how, names]) => how + names.join(","))
      .filter((text) => text !== "");
    const found: string[] = [];
    for (const written of fc.sample(list, { numRuns: 40, seed: 20_261_128 })) {
      const kind = { defaults, all: known, takesPatterns };
      const resolved = isAlgorithmList(written, kind) ? resolveAlgorithms(written, kind) : undefined;
      // A list that stands for nothing ssh prints as empty, and connects to nobody.
      const mine = (resolved?.ok === true && resolved.value.join(" ")) || "nothing";
      const theirs = byOpenSsh(directive, written)?.join(" ") || "nothing";
      if (mine !== theirs) found.push(`${written}: ${mine}\n  not ${theirs}`);
    }
    expect(found.join("\n")).toBe("");
  });

  test("all names of ssh are known here, and nothing is on by default that ssh has off", () => {
    expect(known.filter((name) => !ours.all.includes(name))).toEqual([]);
    expect(ours.defaults.filter((name) => !defaults.includes(name))).toEqual([]);
  });
});

test("what is said to be supported is what ssh2 supports", () => {
  const constants = createRequire(import.meta.url)("ssh2/lib/protocol/constants.js") as Record<
    string,
    string[]
  >;
  for (const [kind, name] of [
    [CIPHERS, "SUPPORTED_CIPHER"],
    [HOST_KEYS, "SUPPORTED_SERVER_HOST_KEY"],
    [KEX, "SUPPORTED_KEX"],
    [MACS, "SUPPORTED_MAC"],
  ] as const) {
    const supported = constants[name] ?? [];
    expect(kind.ours.filter((one) => !supported.includes(one))).toEqual([]);
    expect(kind.all.filter((one) => supported.includes(one)).toSorted()).toEqual(
      Array.from<string>(kind.ours).toSorted(),
    );
  }
});

describe("with a server that says what it agreed on", () => {
  let sshd: Sshd;
  const rsa = makeKey(join(temp.path, "host_rsa"), "-t", "rsa", "-b", "2048");
  const userRsa = makeKey(join(temp.path, "user_rsa"), "-t", "rsa", "-b", "2048");
  const known = join(temp.path, "known_hosts");
  beforeAll(async () => {
    sshd = await startSshd({
      config: [
        "LogLevel DEBUG1",
        `HostKey ${rsa}`,
        "HostKeyAlgorithms +ssh-rsa",
        "PubkeyAcceptedAlgorithms +ssh-rsa",
      ].join("\n"),
    });
    appendFileSync(join(sshd.dir, "authorized_keys"), readFileSync(`${userRsa}.pub`));
    writePrivate(
      known,
      `[${HOST}]:${sshd.port} ${publicKey(rsa)}\n${readFileSync(sshd.knownHostsFile, "utf8")}`,
    );
  });
  afterAll(() => sshd.stop());

  function ground(lines: readonly string[], server = sshd, options = {}): Ground {
    const config = writeSshConfig(temp.path, [
      ...lines,
      `UserKnownHostsFile ${known}`,
      "GlobalKnownHostsFile /dev/null",
      `IdentityFile ${sshd.clientKey}`,
      "IdentitiesOnly yes",
      "User root",
      `Port ${server.port}`,
    ]);
    const made = openGround({ sshConfigFiles: [config], ...options });
    grounds.push(made);
    return made;
  }

  /** What the server wrote about one login. */
  async function loginLog(made: Ground): Promise<string> {
    const before = sshd.log().length;
    await made.run(HOST, "true");
    await made.close();
    return (await sshd.closedLog()).slice(before);
  }

  test.each([
    ["Ciphers aes256-ctr", /kex: server->client cipher: aes256-ctr MAC/],
    ["Ciphers ^aes192-ctr", /kex: server->client cipher: aes192-ctr MAC/],
    ["Ciphers -aes128*", /kex: server->client cipher: aes256-gcm@openssh.com MAC/],
    ["Ciphers chacha20-poly1305@openssh.com", /cipher: chacha20-poly1305@openssh.com MAC/],
    ["MACs hmac-sha2-512\nCiphers aes128-ctr", /cipher: aes128-ctr MAC: hmac-sha2-512 /],
    ["KexAlgorithms ecdh-sha2-nistp521", /kex: algorithm: ecdh-sha2-nistp521/],
    [
      "KexAlgorithms sntrup761x25519-sha512@openssh.com,ecdh-sha2-nistp384",
      /kex: algorithm: ecdh-sha2-nistp384/,
    ],
    ["HostKeyAlgorithms rsa-sha2-256", /kex: host key algorithm: rsa-sha2-256/],
    ["HostKeyAlgorithms ^rsa-sha2-512", /kex: host key algorithm: rsa-sha2-512/],
    ["HostKeyAlgorithms ssh-rsa", /kex: host key algorithm: ssh-rsa/],
    ["HostKeyAlgorithms +ssh-rsa", /kex: host key algorithm: ssh-ed25519/],
  ])("%s is what is agreed on", async (lines, agreed) => {
    expect(await loginLog(ground(lines.split("\n")))).toMatch(agreed);
  });

  test.each([
    "Ciphers -*",
    "MACs umac-64@openssh.com",
    "KexAlgorithms sntrup761x25519-sha512@openssh.com",
    "HostKeyAlgorithms ssh-ed25519-cert-v01@openssh.com",
    "PubkeyAcceptedAlgorithms sk-*",
  ])("%s leaves nothing that could be done: refused by name", async (line) => {
    const problem = await ground([line]).problem(HOST);
    expect(problem).toMatchObject({ reason: "config", blame: "host", noRetry: true });
    expect(problem.message).toContain(`/ssh_config:1: ${line.split(" ")[0]?.toLowerCase()}: of "`);
    expect(problem.message).toContain("none is supported here");
  });

  test("a line that ssh would not read is refused", async () => {
    expect((await ground(["Ciphers aes128-crt,aes256-ctr"]).problem(HOST)).message).toContain(
      `:1: Ciphers: bad value "aes128-crt,aes256-ctr"`,
    );
  });

  describe("RSA", () => {
    let old: Sshd;
    beforeAll(async () => {
      old = await startSshd({
        config: [
          `HostKey ${rsa}`,
          "HostKeyAlgorithms ssh-rsa",
          "PubkeyAcceptedAlgorithms ssh-rsa,ssh-ed25519",
        ].join("\n"),
      });
      appendFileSync(join(old.dir, "authorized_keys"), readFileSync(`${sshd.clientKey}.pub`));
      appendFileSync(join(old.dir, "authorized_keys"), readFileSync(`${userRsa}.pub`));
      appendFileSync(known, `[${HOST}]:${old.port} ${publicKey(rsa)}\n`);
    });
    afterAll(() => old.stop());

    test("a host key that only SHA-1 vouches for is refused, unless HostKeyAlgorithms has it", async () => {
      const problem = await ground([], old).problem(HOST);
      expect(problem).toMatchObject({ reason: "protocol", blame: "host", noRetry: true });
      expect(problem.message).toContain("no matching host key format");
      expect(problem.message).toContain("HostKeyAlgorithms +ssh-rsa");
      expect((await ground(["HostKeyAlgorithms +ssh-rsa"], old).run(HOST, "echo in")).stdout).toBe("in\n");
    });

    test("our own key signs by SHA-1 only where PubkeyAcceptedAlgorithms has it", async () => {
      const lines = ["HostKeyAlgorithms +ssh-rsa", `IdentityFile ${userRsa}`];
      const only = (more: string[]) =>
        openOnly([...lines, ...more, `UserKnownHostsFile ${known}`, "User root", `Port ${old.port}`]);
      const problem = await only([]).problem(HOST);
      expect(problem).toMatchObject({ reason: "authentication", blame: "host" });
      const made = only(["PubkeyAcceptedAlgorithms ssh-rsa"]);
      expect((await made.run(HOST, "echo in")).stdout).toBe("in\n");
    });

    test.each([
      ["", "rsa-sha2-512"],
      ["PubkeyAcceptedAlgorithms rsa-sha2-256", "rsa-sha2-256"],
      ["PubkeyAcceptedAlgorithms ^ssh-rsa", "ssh-rsa"],
    ])("of its ways to sign the wanted one is used: %s", async (line, algorithm) => {
      const agent = await startAgent(temp.path, `agent-${algorithm}`);
      try {
        execFileSync(findProgram("ssh-add"), ["-q", userRsa], {
          env: { ...process.env, SSH_AUTH_SOCK: agent.socket },
        });
        for (const options of [{}, { agentSocket: agent.socket }]) {
          const made = openOnly(
            [
              line,
              `IdentityFile ${userRsa}`,
              `UserKnownHostsFile ${known}`,
              "User root",
              `Port ${sshd.port}`,
            ],
            options,
          );
          expect(await loginLog(made)).toContain(`publickey test pkalg ${algorithm} `);
        }
      } finally {
        await agent.stop();
      }
    });

    test("keys shorter than RequiredRSASize are not taken, the host's nor our own", async () => {
      const host = await ground(["RequiredRSASize 3072", "HostKeyAlgorithms rsa-sha2-512"]).problem(HOST);
      expect(host).toMatchObject({ reason: "hostKey", blame: "host", noRetry: true });
      expect(host.message).toContain("an RSA key of 2048 bits; 3072 are required (RequiredRSASize)");
      const base = [
        `UserKnownHostsFile ${known}`,
        "User root",
        `Port ${sshd.port}`,
        `IdentityFile ${userRsa}`,
      ];
      const own = await openOnly(["RequiredRSASize 2049", ...base]).problem(HOST);
      expect(own.message).toContain(`${userRsa}: an RSA key of 2048 bits; 2049 are required`);
      expect((await openOnly(["RequiredRSASize 2048", ...base]).run(HOST, "echo in")).stdout).toBe("in\n");
    });
  });

  function openOnly(lines: readonly string[], options = {}): Ground {
    const made = openGround({ sshConfigFiles: [writeSshConfig(temp.path, lines)], ...options });
    grounds.push(made);
    return made;
  }
});
