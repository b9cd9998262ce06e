import { chmodSync, existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findProgram } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { makeGround, textOf, type Ground } from "./ground.ts";
import { makeLoginUsers, type LoginUser, type LoginUsers } from "./login-users.ts";
import { pidsOfUser } from "./processes.ts";
import { startServer, type Server } from "./servers.ts";

failOnLeftovers();

let server: Server;
let users: LoginUsers;
let ground: Ground | undefined;

beforeAll(async () => {
  server = await startServer("sshd");
  users = makeLoginUsers(server.publicKeyFile);
});
afterAll(async () => {
  users.remove();
  await server.stop();
});
afterEach(async () => {
  await ground?.close();
});

const as = (user: LoginUser): Ground => (ground = makeGround(server.sshConfigFile, user.name));
let key = 0;
const once = () =>
  ({ delivery: "once", onDisconnect: "finish", recordKey: `odd${(key += 1)}`.padEnd(26, "x") }) as const;

describe("a login shell that is none", () => {
  test.each([
    [
      "nologin",
      /^login shell of rr-test-\S+ is not usable \(nologin: This account is currently not available\.\)$/,
    ],
    ["false", /\(it ended with 1 and said nothing: \/bin\/false\?\)$/],
    ["git-shell", /\(git-shell: fatal: unrecognized command 'exec \/bin\/sh'/],
    ["rbash", /\(a restricted shell: .*restricted/],
  ])("%s is unreachable, by name, and not tried again", async (shell, reason) => {
    const user = await users.add(findProgram(shell));
    const end = await as(user).run({ ...once(), command: "touch ran" });
    expect(end).toMatchObject({ outcome: "unreachable", noRetry: true, blame: "host" });
    expect(end.reason).toMatch(reason);
    expect(existsSync(join(user.home, "ran"))).toBe(false);
  });
});

describe("an rc file of the login shell", () => {
  // bash reads .bashrc for commands that sshd runs.
  const RC = ".bashrc";

  test("that talks is cut off", async () => {
    const user = await users.add(findProgram("bash"), { rc: { [RC]: "echo hello; echo there >&2\n" } });
    const end = await as(user).run({ command: "echo out; echo err >&2" });
    expect([end.outcome, textOf(end.stdout), textOf(end.stderr)]).toEqual(["ok", "out\n", "err\n"]);
  });

  test.each([
    ["one line", "read -r line"],
    ["12 bytes", "head -c 12 >/dev/null"],
  ])("that eats %s of stdin does no harm", async (_, eat) => {
    const user = await users.add(findProgram("bash"), { rc: { [RC]: `${eat}\n` } });
    const end = await as(user).run({ ...once(), command: "echo ran >>ran", connectTimeoutMs: 1500 });
    expect(["ok", "unreachable"]).toContain(end.outcome);
    expect(existsSync(join(user.home, "ran"))).toBe(end.outcome === "ok");
  });

  test("that goes on as a zsh or bash of its own ways changes nothing", async () => {
    for (const shell of ["zsh", "bash"]) {
      const user = await users.add(findProgram("bash"), {
        rc: {
          [RC]: `exec ${shell}\n`,
          ".zshenv": "alias echo='echo ALIAS' kill=false\ncd() { echo HOSTILE; return 1; }\n",
        },
      });
      const task = { ...once(), command: "echo out; pwd; exit 5", cwd: "/tmp", timeoutMs: 60_000 };
      const end = await as(user).run(task);
      expect(end).toMatchObject({ outcome: "failed", exitCode: 5 });
      expect(textOf(end.stdout)).toBe("out\n/tmp\n");
      await ground?.close();
    }
  });

  test.each(["tcsh", "fish"])(
    "that goes on as %s is unreachable, and nothing is left behind",
    async (shell) => {
      const user = await users.add(findProgram("bash"), { rc: { [RC]: `exec ${shell}\n` } });
      const end = await as(user).run({ command: "touch ran", connectTimeoutMs: 1500 });
      expect(end).toMatchObject({ outcome: "unreachable", blame: "host" });
      expect(end.reason).toMatch(/start another shell\?/);
      await ground?.close();
      await until(`${shell} of ${user.name} to end`, () => pidsOfUser(user.uid).length === 0);
      expect(readdirSync(user.home).filter((name) => !name.startsWith("."))).toEqual([]);
    },
  );

  test("that reads all of stdin is unreachable within the connect timeout, and says why", async () => {
    const user = await users.add(findProgram("bash"), { rc: { [RC]: "cat >/dev/null\n" } });
    const end = await as(user).run({ command: "touch ran", connectTimeoutMs: 1500 });
    expect(end).toMatchObject({ outcome: "unreachable", blame: "host" });
    expect(end.reason).toMatch(/^no answer of \/bin\/sh within 2 s .* rc file .* read stdin/);
    expect(existsSync(join(user.home, "ran"))).toBe(false);
  });

  test("that ends the shell is unreachable, with what it said", async () => {
    const user = await users.add(findProgram("bash"), { rc: { [RC]: "echo go away >&2; exit 0\n" } });
    const end = await as(user).run({ command: "touch ran" });
    expect(end).toMatchObject({ outcome: "unreachable", noRetry: true });
    expect(end.reason).toMatch(/\(it ended with 0 and said: go away\)$/);
  });
});

describe("a home", () => {
  test("that is missing or read-only is no matter", async () => {
    const user = await users.add(findProgram("dash"));
    chmodSync(user.home, 0o500);
    expect(await as(user).run({ ...once(), command: "exit 3" })).toMatchObject({ exitCode: 3 });
    chmodSync(user.home, 0o700);
    renameSync(user.home, `${user.home}.away`);
    const end = await as(user).run({ ...once(), command: "pwd; exit 4" });
    rmSync(`${user.home}.away`, { recursive: true });
    expect(end).toMatchObject({ outcome: "failed", exitCode: 4 });
    expect(textOf(end.stdout)).toBe("/\n");
  });
});

test("what the login shell exported does not change our program, nor it the command's environment", async () => {
  const names = "A B C D E F W S T L O M k c x IFS CDPATH F rrx";
  const rc = `for n in ${names}; do export "$n=of login"; done; set -C -u -f 2>/dev/null; umask 022\n`;
  const user = await users.add(findProgram("bash"), { rc: { ".bashrc": rc } });
  const end = await as(user).run({
    ...once(),
    timeoutMs: 30_000,
    command: "env | grep 'of login' | sort; umask",
  });
  const seen = textOf(end.stdout).trim().split("\n");
  expect(end.outcome).toBe("ok");
  for (const name of "A B C D E F W S T L O M k c x".split(" ")) expect(seen).toContain(`${name}=of login`);
  expect(seen.at(-1)).toBe("0022");
});
