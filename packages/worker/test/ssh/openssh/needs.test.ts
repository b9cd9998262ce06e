import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parseConfigLines } from "../../../src/ssh/config/config-lines.ts";
import { settingsFor } from "../../../src/ssh/config/settings-for.ts";
import { KnownHostsStore } from "../../../src/ssh/known-hosts/known-hosts-store.ts";
import { Credentials } from "../../../src/ssh/login/credentials.ts";
import { Needs } from "../../../src/ssh/openssh/needs.ts";

const dir = mkdtempSync(join(tmpdir(), "rr-needs-"));
afterAll(() => rmSync(dir, { recursive: true }));

const KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIEVcKQjDJxlKbl3nYVKdVgzKYIl0xzTh2xvQZoeTC8hL";
/** A public key of a security key is known by its kind. */
const SECURITY = "sk-ssh-ed25519@openssh.com AAAA touch\n";

async function needOf(text: string, env: Record<string, string> = {}): Promise<string | undefined> {
  const box = { user: "ops", uid: 4_000_000, home: dir, hostname: "box", env };
  const files = [
    parseConfigLines("conf", `${text}\nUserKnownHostsFile ${dir}/known\nGlobalKnownHostsFile none`),
  ];
  const resolved = settingsFor({ host: "db1" }, files, {}, box);
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.error));
  return new Needs(new KnownHostsStore(), new Credentials({}, box.uid), box).of(resolved.value.settings);
}

test("ssh2 will do for plain keys, for known hosts, and for a box that only might use Kerberos", async () => {
  writeFileSync(join(dir, "known"), `db1 ssh-ed25519 ${KEY}\n@cert-authority web* ssh-ed25519 ${KEY}\n`);
  expect(await needOf("IdentityFile /nowhere/key")).toBeUndefined();
});

test("what it cannot do, as files say it now", async () => {
  writeFileSync(join(dir, "known"), "");
  const key = join(dir, "id");
  expect(await needOf(`IdentityFile ${key}`)).toBeUndefined();
  writeFileSync(`${key}.pub`, SECURITY);
  expect(await needOf(`IdentityFile ${key}`)).toBe(`the security key ${key}`);
  writeFileSync(`${key}-cert.pub`, "");
  expect(await needOf(`IdentityFile ${key}`)).toBe(`the certificate ${key}-cert.pub`);
  const body = Buffer.from("openssh-key-v1\0 … sk-ecdsa-sha2-nistp256@openssh.com …").toString("base64");
  writeFileSync(
    join(dir, "private"),
    `-----BEGIN OPENSSH PRIVATE KEY-----\n${body}\n-----END OPENSSH PRIVATE KEY-----\n`,
  );
  expect(await needOf(`IdentityFile ${dir}/private`)).toBe(`the security key ${dir}/private`);
  writeFileSync(join(dir, "known"), `@cert-authority *.example,db* ssh-ed25519 ${KEY}\n`);
  expect(await needOf("IdentityFile /nowhere/key")).toBe(`@cert-authority (${dir}/known:1)`);
  writeFileSync(join(dir, "known"), "");
  const ticket = { KRB5CCNAME: "/run/cc" };
  expect(await needOf("IdentityFile /k\nGSSAPIAuthentication no", ticket)).toBeUndefined();
  expect(await needOf("IdentityFile /k\nGSSAPIAuthentication yes")).toBe("gssapiauthentication (conf:2)");
});
