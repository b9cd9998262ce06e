import { afterAll, beforeAll, expect, test } from "vitest";
import { createSshHosts } from "../../packages/worker/src/ssh/hosts.ts";
import type { Channel, Transport, Lease } from "../../packages/worker/src/transport/transport.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";

failOnLeftovers();

let sshd: Sshd;
let hosts: Transport;

beforeAll(async () => {
  sshd = await startSshd({ hosts: ["db1", "db2"] });
  hosts = createSshHosts({ sshConfigFiles: [sshd.sshConfigFile] });
});
afterAll(async () => {
  await hosts.close();
  await sshd.stop();
});

async function lease(host: string): Promise<Lease> {
  const result = await hosts.connect({ host, connectTimeoutMs: 30_000 });
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

async function outputOf(channel: Channel): Promise<string> {
  let text = "";
  channel.onData((stream, chunk) => {
    text += `${stream}: ${chunk.toString()}`;
  });
  channel.end();
  await channel.ended;
  return text;
}

test("a command runs on a host that ssh_config names, and tells its output and end", async () => {
  const one = await lease("db1");
  const channel = await one.exec("echo here; exit 3");
  if (!channel.ok) throw new Error(channel.error.message);
  expect(await outputOf(channel.value)).toBe("stdout: here\n");
  expect(await channel.value.exited).toEqual({ kind: "exit", code: 3 });
  expect(one.server).toMatch(/^OpenSSH_/);
  one.release();
});

test("the second command on a host shares its connection", async () => {
  const [first, second] = [await lease("db2"), await lease("db2")];
  expect(second.connectionId).toBe(first.connectionId);
  expect(second.connectMs).toBe(0);
  first.release();
  second.release();
});
