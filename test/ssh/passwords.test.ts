import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { SshOptions } from "../../packages/worker/src/ssh/hosts.ts";
import { makeLoginUsers, type LoginUser, type LoginUsers } from "../remote/login-users.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { makeKey, openGround, writePrivate, writeSshConfig, type Ground } from "./ground.ts";

failOnLeftovers();

const CARRIERS = ["builtin", "openssh"] as const;
const temp = makeTempDir("ssh-passwords");
const right = writePrivate(join(temp.path, "right"), "correct horse\n");
const wrong = writePrivate(join(temp.path, "wrong"), "battery staple\n");
const stranger = makeKey(join(temp.path, "stranger"), "-t", "ed25519");
let byPassword: Sshd;
let byPrompt: Sshd;
let users: LoginUsers;
let user: LoginUser;
let grounds: Ground[] = [];

beforeAll(async () => {
  [byPassword, byPrompt] = await Promise.all([
    startSshd({ hosts: 8, config: "PasswordAuthentication yes\nUsePAM no" }),
    startSshd({ hosts: 2, config: "KbdInteractiveAuthentication yes\nUsePAM yes" }),
  ]);
  users = makeLoginUsers(`${stranger}.pub`);
  user = await users.add("/bin/sh", { password: "correct horse" });
});
afterEach(async () => {
  await Promise.all(grounds.map((ground) => ground.close()));
  grounds = [];
});
afterAll(async () => {
  users.remove();
  await Promise.all([byPassword.stop(), byPrompt.stop()]);
  temp.remove();
});

function ground(sshd: Sshd, options: SshOptions, ...lines: string[]): Ground {
  const config = writeSshConfig(temp.path, [
    ...lines,
    `UserKnownHostsFile ${sshd.knownHostsFile}`,
    `Port ${sshd.port}`,
    `IdentityFile ${stranger}`,
    `User ${user.name}`,
  ]);
  const made = openGround({ sshConfigFiles: [config], ...options });
  grounds.push(made);
  return made;
}

describe.each(["password", "keyboard-interactive"])("by %s", (method) => {
  const sshd = () => (method === "password" ? byPassword : byPrompt);

  test.each(CARRIERS)("with the right one, where no key serves (%s)", async (transport) => {
    const made = ground(sshd(), { passwordFile: right, transport });
    expect((await made.run("127.7.0.1", "id -un")).stdout).toBe(`${user.name}\n`);
  });

  test.each(CARRIERS)("with the wrong one: refused, once (%s)", async (transport) => {
    const before = (await sshd().closedLog()).length;
    const made = ground(sshd(), { passwordFile: wrong, transport });
    const found = await made.problem("127.7.0.1");
    const logged = (await sshd().closedLog()).slice(before);
    expect(logged.match(/Failed (password|keyboard)/g)).toHaveLength(1);
    expect(found).toMatchObject({ reason: "authentication", blame: "host", noRetry: true });
    expect(found.message).toMatch(/tried \S+stranger/);
    expect(found.message).toContain(`, ${method} (from the password file)`);
  });

  test("without one: what the server takes, and that no file is given", async () => {
    const { message } = await ground(sshd(), {}).problem("127.7.0.1");
    expect(message).toMatch(/; it takes publickey,.*; no password file is given;/);
  });

  test.each(CARRIERS)("whose file is gone: the worker's fault (%s)", async (transport) => {
    const gone = join(temp.path, "gone");
    const found = await ground(sshd(), { passwordFile: gone, transport }).problem("127.7.0.1");
    expect(found).toMatchObject({ reason: "local", blame: "worker" });
    expect(found.message).toContain(`${gone} cannot be looked at (ENOENT)`);
  });

  test("not where ssh_config switches it off", async () => {
    const off = method === "password" ? "PasswordAuthentication no" : "KbdInteractiveAuthentication no";
    const found = await ground(sshd(), { passwordFile: right }, off).problem("127.7.0.1");
    expect(found.reason).toBe("authentication");
    expect(found.message).not.toContain("from the password file");
  });
});

describe("a key and a password, one after the other", () => {
  let both: Sshd;
  beforeAll(async () => {
    both = await startSshd({
      config: "PasswordAuthentication yes\nUsePAM no\nAuthenticationMethods publickey,password",
    });
    appendFileSync(join(both.dir, "authorized_keys"), readFileSync(`${stranger}.pub`));
  });
  afterAll(() => both.stop());

  test("open the door", async () => {
    const made = ground(both, { passwordFile: right });
    expect((await made.run("127.7.0.1", "id -un")).stdout).toBe(`${user.name}\n`);
  });

  test("without a password the key is said to be taken, and what is wanted besides", async () => {
    const found = await ground(both, {}).problem("127.7.0.1");
    expect(found).toMatchObject({ reason: "authentication", blame: "host", noRetry: true });
    expect(found.message).toContain(`took ${stranger} of ${user.name} and wants a further factor: password`);
    expect(found.message).not.toContain("authorized_keys");
  });

  test("with the wrong one, the password is what is refused", async () => {
    const { message } = await ground(both, { passwordFile: wrong }).problem("127.7.0.1");
    expect(message).toContain(`took ${stranger} of ${user.name}`);
    expect(message).toContain("it refused password (from the password file)");
  });
});

test("PreferredAuthentications decides what comes first", async () => {
  const before = (await byPassword.closedLog()).length;
  const made = ground(byPassword, { passwordFile: right }, "PreferredAuthentications password,publickey");
  await made.run("127.7.0.1", "true");
  expect(byPassword.log().slice(before)).not.toMatch(/publickey/);
});

test.each(CARRIERS)(
  "after 5 hosts in a row have refused the password, it is held back (%s)",
  async (transport) => {
    const made = ground(byPassword, { passwordFile: wrong, transport });
    for (const host of byPassword.hosts.slice(0, 5))
      expect((await made.problem(host)).message).toContain("password (from the password file)");
    const { message } = await made.problem(byPassword.hosts[5] ?? "");
    expect(message).toContain("the password is held back for a minute, since 5 hosts in a row refused it");
    expect(message).not.toContain("from the password file");
  },
);
