import { expect, test } from "vitest";
import { channelWords, forwardWords, masterWords } from "../../../src/ssh/openssh/ssh-words.ts";

const place = { configFile: "/d/ssh_config", socket: "/d/1" };
const to = { host: "db1" };

test("a master that carries nothing of its own, and hears of where it goes only what was asked for", () => {
  const words = masterWords(to, place).join(" ");
  expect(words).toMatch(/^ssh -F \/d\/ssh_config -M -N -v -S \/d\/1 -T /);
  for (const off of [
    "RemoteCommand=none",
    "ClearAllForwardings=yes",
    "PermitLocalCommand=no",
    "ControlPersist=no",
  ])
    expect(words).toContain(`-o ${off}`);
  expect(words).toMatch(/ -- db1$/);
  expect(words).not.toMatch(/ -l | -p |HostName/);
});

test("user, port and address of the inventory go before ssh_config; a per cent sign in them is no token", () => {
  const words = masterWords({ host: "-x", address: "fe80::1%eth0", port: 2022, user: "op" }, place);
  expect(words.slice(-8)).toEqual(["-l", "op", "-p", "2022", "-o", "HostName=fe80::1%%eth0", "--", "-x"]);
});

test("a channel never logs in by itself, and says its own words into a file", () => {
  const words = channelWords(to, { ...place, logFile: "/d/1.1" }, "exec /bin/sh");
  expect(words.slice(-3)).toEqual(["--", "db1", "exec /bin/sh"]);
  for (const part of ["-E /d/1.1", "ControlMaster=no", "BatchMode=yes", "ProxyCommand=false"])
    expect(words.join(" ")).toContain(part);
  expect(words).not.toContain("-M");
});

test("a way on to another host", () => {
  const way = (host: string) => forwardWords(to, { ...place, logFile: "/d/1.1" }, host, 22).join(" ");
  expect(way("10.0.0.1")).toContain("-W 10.0.0.1:22 ");
  expect(way("::1")).toContain("-W [::1]:22 ");
});
