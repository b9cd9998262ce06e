import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { bareEnv, startChild, type ChildProgram } from "../support/child-program.ts";
import { builtProgram } from "../support/built-programs.ts";
import { findProgram } from "../support/programs.ts";
import { homeEnv, startCoordinator, startSubmit, startWorker } from "../support/processes.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { within } from "../support/until.ts";

const temp = makeTempDir("named-pipes");
afterAll(() => temp.remove());

const pipe = join(temp.path, "pipe");
execFileSync(findProgram("mkfifo"), ["-m", "600", pipe]);
const text = join(temp.path, "text");
writeFileSync(text, "", { mode: 0o600 });

const NOBODY = ["--coordinator", "https://127.0.0.1:1"];
const SERVERS = ["--servers", "127.0.0.1:1"];
const PORT = [...SERVERS, "--listen", "127.0.0.1:4780", "--allowed-signers", text, "--tls-key", text];
const nobody = (...args: string[]): ChildProgram => startSubmit([...args, ...NOBODY]);

it.each<[string, () => ChildProgram]>([
  ["--sign-key", () => nobody("login", "--sign-key", pipe)],
  ["--coordinator-ca", () => nobody("status", "--coordinator-ca", pipe)],
  ["--pool-key-file", () => startSubmit(["status", "--pool-key-file", pipe])],
  ["--tls-cert", () => startCoordinator([...PORT, "--tls-cert", pipe])],
  ["--allowed-signers", () => startWorker([...SERVERS, "--allowed-signers", pipe])],
  ["--policy", () => startWorker([...SERVERS, "--policy", pipe])],
  ["--known-hosts", () => startWorker([...SERVERS, "--known-hosts", pipe])],
])("a named pipe for %s is told at once: whoever opens it would wait for a writer", async (_, start) => {
  const child = start();
  const { code } = await within("its end", child.exited);
  expect(code).not.toBe(0);
  expect(child.output()).toContain("is a named pipe, and no plain file; name one");
});

it("what the shell puts in the place of <(…) is read", async () => {
  const rr = `exec "${process.execPath}" "${builtProgram("rr-submit")}"`;
  const line = `${rr} login ${NOBODY.join(" ")} --sign-key <(echo 'no key')`;
  const child = startChild(findProgram("bash"), ["-c", line], {
    env: { ...bareEnv, ...homeEnv(temp.path) },
  });
  await within("its end", child.exited);
  expect(child.output()).toMatch(/--sign-key \/dev\/fd\/\d+ is no key that can sign/);
});
