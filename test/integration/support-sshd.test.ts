import { execFile, spawn } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findProgram } from "../support/programs.ts";
import { ownFolder, startSshd, type Sshd, type SshdOptions } from "../support/sshd.ts";
import { until } from "../support/until.ts";

failOnLeftovers();

const started: Sshd[] = [];
async function start(options?: SshdOptions): Promise<Sshd> {
  const sshd = await startSshd(options);
  started.push(sshd);
  return sshd;
}
afterEach(async () => {
  await Promise.all(started.splice(0).map((sshd) => sshd.stop()));
});

function ssh(sshd: Sshd, host: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(findProgram("ssh"), ["-F", sshd.sshConfigFile, host, command], (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`ssh: exit ${error.code}: ${stderr}`));
    });
  });
}

test("many hosts on one sshd, by address and by name, each with its own folder", async () => {
  const sshd = await start({ hosts: ["db1", "db2", "127.9.9.9"] });
  await Promise.all(
    ["db1", "db2", "127.9.9.9"].map((host) => ssh(sshd, host, `${ownFolder}; echo ${host} >$d/me`)),
  );
  expect(sshd.hosts).toEqual([sshd.address("db1"), sshd.address("db2"), "127.9.9.9"]);
  expect(readdirSync(sshd.workDir).toSorted()).toEqual(sshd.hosts.toSorted());
  expect(readFileSync(`${sshd.workDir}/${sshd.address("db2")}/me`, "utf8")).toBe("db2\n");
  expect(await ssh(sshd, sshd.hosts[0] ?? "", "id -un")).toBe(`${sshd.user}\n`);
});

test("sshd_config lines of the test win, Match blocks as well", async () => {
  const sshd = await start({
    hosts: 2,
    config: "Banner none\nMatch LocalAddress 127.7.0.2\n  ForceCommand echo forced",
  });
  expect(await ssh(sshd, "127.7.0.1", "echo mine")).toBe("mine\n");
  expect(await ssh(sshd, "127.7.0.2", "echo mine")).toBe("forced\n");
  await expect(start({ config: "NoSuchWord yes" })).rejects.toThrow(/did not start[^]*NoSuchWord/);
});

test("killed with its sessions, and started again", async () => {
  const sshd = await start();
  const child = spawn(findProgram("ssh"), [
    "-F",
    sshd.sshConfigFile,
    "127.7.0.1",
    "setsid sleep 1000 & sleep 1000",
  ]);
  const ended = new Promise((resolve) => child.once("close", resolve));
  await until(
    "both sleeps",
    () => sshd.running().filter((one) => one.commandLine === "sleep 1000").length === 2,
  );
  await sshd.kill();
  expect(sshd.running()).toEqual([]);
  expect(await ended).toBe(255);
  await sshd.restart();
  expect(await ssh(sshd, "127.7.0.1", "echo back")).toBe("back\n");
  await sshd.stop();
  expect(existsSync(sshd.dir)).toBe(false);
});

test("60 connections at once are all let in", async () => {
  const sshd = await start({ hosts: 60 });
  // None of them logs in: what sshd counts is those that have not, and drops from the tenth on by its default.
  const sockets = sshd.hosts.map((host) => connect(sshd.port, host));
  const greetings = sockets.map(
    (socket) =>
      new Promise<string>((resolve) => {
        socket.once("data", (bytes) => resolve(String(bytes)));
        socket.once("error", (error) => resolve(error.message));
        socket.once("close", () => resolve("closed without a word"));
      }),
  );
  try {
    expect((await Promise.all(greetings)).filter((greeting) => !greeting.startsWith("SSH-2.0-"))).toEqual([]);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
});
