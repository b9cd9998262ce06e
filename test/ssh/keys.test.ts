import { execFileSync } from "node:child_process";
import { appendFileSync, chmodSync, copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findProgram } from "../support/programs.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { startAgent, type Agent } from "./agent.ts";
import { makeKey, openGround, writePrivate, writeSshConfig, type Ground } from "./ground.ts";
import type { SshOptions } from "../../packages/worker/src/ssh/hosts.ts";

failOnLeftovers();

const HOST = "127.7.0.1";
const temp = makeTempDir("ssh-keys");
const PASSPHRASE = "a long  pass phrase";
const passphraseFile = writePrivate(join(temp.path, "passphrase"), `${PASSPHRASE}\n`);
let sshd: Sshd;
let grounds: Ground[] = [];
let agents: Agent[] = [];

beforeAll(async () => {
  // ssh-dss is what Debian's ssh-keygen still makes and its sshd takes only when told.
  sshd = await startSshd({ config: "PubkeyAcceptedAlgorithms +ssh-dss" });
});
afterEach(async () => {
  await Promise.all(grounds.map((ground) => ground.close()));
  await Promise.all(agents.map((agent) => agent.stop()));
  grounds = [];
  agents = [];
});
afterAll(async () => {
  await sshd.stop();
  temp.remove();
});

function ground(lines: readonly string[], options: SshOptions = {}): Ground {
  const config = writeSshConfig(temp.path, [
    ...lines,
    "PubkeyAcceptedAlgorithms +ssh-dss",
    `UserKnownHostsFile ${sshd.knownHostsFile}`,
    `Port ${sshd.port}`,
  ]);
  const made = openGround({ sshConfigFiles: [config], ...options });
  grounds.push(made);
  return made;
}

const byKeyAlone = (key: string) => [`IdentityFile ${key}`, "IdentitiesOnly yes"];

async function agent(): Promise<Agent> {
  const made = await startAgent(temp.path, `agent-${agents.length}`);
  agents.push(made);
  return made;
}

/** Lets the key log in. */
function authorize(key: string): string {
  appendFileSync(join(sshd.dir, "authorized_keys"), readFileSync(`${key}.pub`));
  return key;
}

async function answer(made: Ground): Promise<string> {
  return (await made.run({ host: HOST, user: "root" }, "printf in")).stdout;
}

const KINDS: Record<string, string[]> = {
  "rsa 1024": ["-t", "rsa", "-b", "1024"],
  "rsa 3072": ["-t", "rsa"],
  "rsa 4096": ["-t", "rsa", "-b", "4096"],
  "ecdsa 256": ["-t", "ecdsa", "-b", "256"],
  "ecdsa 384": ["-t", "ecdsa", "-b", "384"],
  "ecdsa 521": ["-t", "ecdsa", "-b", "521"],
  ed25519: ["-t", "ed25519"],
  dsa: ["-t", "dsa"],
};
/** ssh-keygen writes ed25519 in its own format alone; sshd 9.2 wants RSA of 1024 bits or more. */
const FORMATS: Record<string, string> = { OpenSSH: "RFC4716", PEM: "PEM", PKCS8: "PKCS8" };

/** The same key in a file of its own: to make an RSA key anew takes seconds. */
function copyOf(key: string, path: string, format: string, passphrase: string): string {
  copyFileSync(key, path);
  copyFileSync(`${key}.pub`, `${path}.pub`);
  // Few rounds: what they cost is not the matter here.
  const options = ["-m", format, "-a", "2", "-P", "", "-N", passphrase];
  execFileSync(findProgram("ssh-keygen"), ["-q", "-p", "-f", path, ...options]);
  return path;
}

describe.each(Object.keys(KINDS))("a key of type %s", (kind) => {
  const args = KINDS[kind] ?? [];
  const path = (suffix: string) => join(temp.path, `${kind}-${suffix}`.replaceAll(" ", "-"));
  let made: string;
  beforeAll(() => {
    made = authorize(makeKey(path("made"), ...args));
  });

  // ssh2 knows no PKCS#8 of this old kind.
  const formats = Object.keys(FORMATS).filter((format) => kind !== "dsa" || format !== "PKCS8");
  test.each(formats)("from a file in the format %s, plain and encrypted", async (format) => {
    const plain = copyOf(made, path(format), FORMATS[format] ?? "", "");
    expect(await answer(ground([`IdentityFile "${plain}"`, "IdentitiesOnly yes"]))).toBe("in");
    const locked = copyOf(made, path(`${format}-locked`), FORMATS[format] ?? "", PASSPHRASE);
    expect(await answer(ground([`IdentityFile "${locked}"`, "IdentitiesOnly yes"], { passphraseFile }))).toBe(
      "in",
    );
  });

  test("from the agent", async () => {
    const held = await agent();
    held.add(made);
    rmSync(made);
    rmSync(`${made}.pub`);
    expect(await answer(ground([], { agentSocket: held.socket }))).toBe("in");
  });
});

describe("an encrypted key", () => {
  test("that cannot be opened is the worker's fault by the box's own ssh, too", async () => {
    const key = authorize(makeKey(join(temp.path, "shut"), "-t", "ed25519", "-N", "secret"));
    const open = writePrivate(join(temp.path, "readable"), "secret");
    chmodSync(open, 0o644);
    const rows: readonly (readonly [SshOptions, string])[] = [
      [{}, "is encrypted: give --passphrase-file, or load it into ssh-agent"],
      [{ passphraseFile }, `the passphrase of ${passphraseFile} does not open it`],
      [{ passphraseFile: open }, `is encrypted, and ${open} `],
    ];
    for (const [options, why] of rows) {
      const found = await ground([`IdentityFile ${key}`], { transport: "openssh", ...options }).problem(HOST);
      expect(found).toMatchObject({ reason: "local", blame: "worker" });
      expect(found.message).toContain(`; not usable: ${key}: ${why}`);
    }
    // Not authorized either: nobody can know that before it is opened.
    const foreign = makeKey(join(temp.path, "foreign-shut"), "-t", "ed25519", "-N", "secret");
    const found = await ground(byKeyAlone(foreign), { transport: "openssh" }).problem(HOST);
    expect(found).toMatchObject({ reason: "local", blame: "worker" });
  });

  test("without a passphrase file, says what to do", async () => {
    const key = authorize(makeKey(join(temp.path, "locked"), "-t", "ed25519", "-N", "secret"));
    const { message, reason } = await ground([`IdentityFile ${key}`]).problem(HOST);
    expect(reason).toBe("local");
    expect(message).toContain(`${key}: is encrypted: give --passphrase-file, or load it into ssh-agent`);
    const wrong = await ground([`IdentityFile ${key}`], { passphraseFile }).problem(HOST);
    expect(wrong.message).toContain(`${key}: the passphrase of ${passphraseFile} does not open it`);
  });

  test("is signed with by the agent that has it, told by its .pub file", async () => {
    const key = authorize(makeKey(join(temp.path, "locked-agent"), "-t", "ecdsa"));
    const held = await agent();
    held.add(key);
    execFileSync(findProgram("ssh-keygen"), ["-q", "-p", "-N", "other", "-f", key]);
    expect(await answer(ground(byKeyAlone(key), { agentSocket: held.socket }))).toBe("in");
  });

  test("a passphrase file that others can read is not used", async () => {
    const open = writePrivate(join(temp.path, "open"), PASSPHRASE);
    chmodSync(open, 0o644);
    const key = makeKey(join(temp.path, "locked-open"), "-t", "ed25519", "-N", PASSPHRASE);
    const { message } = await ground([`IdentityFile ${key}`], { passphraseFile: open }).problem(HOST);
    expect(message).toContain(`is encrypted, and ${open} may be read by others than its owner`);
  });
});

test("a private key that others can read is not used, as in ssh", async () => {
  const key = authorize(makeKey(join(temp.path, "too-open"), "-t", "ed25519"));
  chmodSync(key, 0o640);
  const { message } = await ground([`IdentityFile ${key}`]).problem(HOST);
  expect(message).toContain(`${key}: may be read by others than its owner (mode 0640); chmod 600 it`);
});

test("a file that --identity named and that is gone is the worker's fault, whatever else was tried", async () => {
  const stranger = makeKey(join(temp.path, "another-stranger"), "-t", "ed25519");
  const gone = join(temp.path, "gone");
  const problem = await ground([`IdentityFile ${stranger}`], { identities: [gone] }).problem(HOST);
  expect(problem).toMatchObject({ reason: "local", blame: "worker" });
  expect(problem.message).toContain(
    `: tried ${stranger}; not usable: ${gone}: no such file; it takes publickey`,
  );
});

test("a public key file as IdentityFile picks the agent's key", async () => {
  const key = authorize(makeKey(join(temp.path, "picked"), "-t", "ed25519"));
  const held = await agent();
  held.add(key);
  rmSync(key);
  expect(
    await answer(ground([`IdentityFile ${key}.pub`, "IdentitiesOnly yes"], { agentSocket: held.socket })),
  ).toBe("in");
});

test("IdentitiesOnly leaves the agent's other keys alone; IdentityAgent names another agent, or none", async () => {
  const key = authorize(makeKey(join(temp.path, "only"), "-t", "ed25519"));
  const stranger = makeKey(join(temp.path, "stranger"), "-t", "ed25519");
  const held = await agent();
  held.add(key);
  const named = [`IdentityFile ${stranger}`];
  expect(await answer(ground(named, { agentSocket: held.socket }))).toBe("in");
  const only = await ground([...named, "IdentitiesOnly yes"], { agentSocket: held.socket }).problem(HOST);
  expect(only.message).toContain(`tried ${stranger}; it takes publickey`);
  expect(await answer(ground([...named, `IdentityAgent ${held.socket}`], { agentSocket: "/nowhere" }))).toBe(
    "in",
  );
  const none = await ground([...named, "IdentityAgent none"], { agentSocket: held.socket }).problem(HOST);
  expect(none.message).toContain(`tried ${stranger}; it takes publickey`);
});

function failures(log: string): number {
  return log.match(/Failed publickey|Too many authentication failures/g)?.length ?? 0;
}

test("more keys in the agent than MaxAuthTries: the one that opens has its turn, and is first next time", async () => {
  const held = await agent();
  const keys = Array.from({ length: 15 }, (_, index) =>
    makeKey(join(temp.path, `many-${index}`), "-t", "ed25519"),
  );
  for (const key of keys) held.add(key);
  authorize(keys.at(-1) ?? "");
  const made = ground([], { agentSocket: held.socket, keepAliveMs: 1 });
  expect(await answer(made)).toBe("in");
  // The connection is not kept (keepAliveMs 1), so that the log of each of the two ends.
  const before = failures(await sshd.closedLog());
  expect(before).toBeGreaterThan(0);
  await made.run({ host: HOST, user: "root" }, "true");
  expect(failures(await sshd.closedLog())).toBe(before);
});

test("with more keys than the server ever hears, the message names all that were tried", async () => {
  const held = await agent();
  const keys = Array.from({ length: 8 }, (_, index) =>
    makeKey(join(temp.path, `no-${index}`), "-t", "ed25519"),
  );
  for (const key of keys) held.add(key);
  const { message, reason } = await ground([], { agentSocket: held.socket }).problem(HOST);
  expect(reason).toBe("authentication");
  expect(message.match(/agent key made for a test \(SHA256:/g)).toHaveLength(8);
});

test("an agent that is not there, or does not answer, is named", async () => {
  const gone = await ground(["IdentityFile none"], { agentSocket: "/nowhere/agent" }).problem(HOST);
  expect(gone).toMatchObject({ reason: "local", blame: "worker" });
  expect(gone.message).toContain("ssh-agent at /nowhere/agent: connect ENOENT");
  const held = await agent();
  held.freeze();
  const silent = await ground(["IdentityFile none"], { agentSocket: held.socket }).problem(HOST);
  expect(silent.message).toContain(`ssh-agent at ${held.socket}: no answer in 10 s`);
});

test("an agent that will not sign: the next key is tried, and the reason told", async () => {
  const held = await agent();
  const confirm = authorize(makeKey(join(temp.path, "confirm"), "-t", "ed25519"));
  // -c: the agent asks somebody for leave, and nobody is there.
  held.add(confirm, "-c");
  const key = authorize(makeKey(join(temp.path, "after"), "-t", "ed25519"));
  expect(
    await answer(
      ground([`IdentityFile ${confirm}.pub`, `IdentityFile ${key}`], { agentSocket: held.socket }),
    ),
  ).toBe("in");
  const { message } = await ground([`IdentityFile ${confirm}.pub`], { agentSocket: held.socket }).problem(
    HOST,
  );
  expect(message).toContain("ssh-agent did not sign");
});

test("certificates are named as not supported, beside a key and in the agent", async () => {
  const authority = makeKey(join(temp.path, "ca"), "-t", "ed25519");
  const key = makeKey(join(temp.path, "certified"), "-t", "ed25519");
  execFileSync(findProgram("ssh-keygen"), ["-q", "-s", authority, "-I", "id", "-n", "root", `${key}.pub`]);
  const held = await agent();
  held.add(key);
  const { message } = await ground([`IdentityFile ${key}`], { agentSocket: held.socket }).problem(HOST);
  expect(message).toContain(`${key}-cert.pub: certificates are not supported`);
  expect(message).toContain("(ssh-ed25519-cert-v01@openssh.com): keys of this kind are not supported");
});

test("a key file that is replaced is read again", async () => {
  const [first, second] = ["a", "b"].map((name) =>
    makeKey(join(temp.path, `replace-${name}`), "-t", "ed25519"),
  );
  authorize(second ?? "");
  const made = ground([`IdentityFile ${first}`]);
  expect((await made.problem({ host: HOST, user: "root" })).reason).toBe("authentication");
  copyFileSync(second ?? "", first ?? "");
  copyFileSync(`${second}.pub`, `${first}.pub`);
  expect(await answer(made)).toBe("in");
});

test("what is no key is told as such", async () => {
  const path = writePrivate(join(temp.path, "no-key"), "nonsense\n");
  writeFileSync(`${path}.pub`, "nonsense\n");
  const { message } = await ground([`IdentityFile ${path}`]).problem(HOST);
  expect(message).toContain(`${path}: `);
  expect(message).toContain("Unsupported key format");
});
