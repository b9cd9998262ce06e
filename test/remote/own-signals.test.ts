import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { remoteTask } from "../../packages/worker/test/program/task.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findProgram } from "../support/programs.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { makeGround, type Ground } from "./ground.ts";
import { deliverTask, BOTH_WAYS } from "./local-programs.ts";
import { makeLoginUsers, type LoginUser, type LoginUsers } from "./login-users.ts";
import { SERVERS, startServer, type Server } from "./servers.ts";

failOnLeftovers();

/** Commands that signal their own process group, as scripts do to end what they started. */
const COMMANDS = [
  "trap 'trap \"\" TERM; kill 0' EXIT; sleep 60 & exit 5",
  "trap 'kill 0' EXIT; sleep 60 & exit 5",
  "kill 0; sleep 60",
  "kill -HUP 0; sleep 60",
  "kill -INT 0; sleep 60",
  "kill -USR1 0; sleep 60",
  "kill -KILL 0; sleep 60",
  "trap '' TERM; kill -- -$$; exit 6",
  "kill -INT $$; sleep 60",
  "(sleep 0.3; kill -CONT 0) & kill -STOP $$; exit 7",
];

/** What an SSH server without us would tell: it runs the command as a session of its own. */
async function plainCode(command: string): Promise<number> {
  const child = spawn("/bin/sh", ["-c", command], { detached: true, stdio: "ignore" });
  const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  return code ?? 128 + constants.signals[signal ?? "SIGKILL"];
}

const KINDS = [
  { delivery: "once", onDisconnect: "finish", timeoutMs: 60_000 },
  { delivery: "repeatable", onDisconnect: "attached" },
] as const;

describe.each(BOTH_WAYS)("under %s", (_, shell) => {
  let temp: TempDir;
  beforeEach(() => {
    temp = makeTempDir("own-signals");
  });
  afterEach(() => {
    temp.remove();
  });

  test.each(KINDS)(
    "a command of $delivery that signals its own group ends as it does alone",
    async (kind) => {
      const ends = await Promise.all(
        COMMANDS.map(async (command, index) => {
          const recordKey = `own-signals-${index}`.padEnd(26, "x");
          const task = remoteTask({ ...kind, command, recordKey, recordDir: temp.path });
          const { marks } = await deliverTask(shell, task).end;
          return [command, marks.find(({ word }) => word === "end")?.args.join(" ")];
        }),
      );
      const plain = await Promise.all(COMMANDS.map(plainCode));
      expect(ends).toEqual(COMMANDS.map((command, index) => [command, `${plain[index]} -`]));
    },
  );
});

describe.each(SERVERS)("on %s", (serverName) => {
  let server: Server;
  let users: LoginUsers;
  let user: LoginUser;
  let ground: Ground;
  beforeAll(async () => {
    server = await startServer(serverName);
    users = makeLoginUsers(server.publicKeyFile);
    user = await users.add(findProgram("bash"));
    users.sudoers(`${user.name} ALL=(ALL) NOPASSWD: /bin/sh\n`);
    ground = makeGround(server.sshConfigFile, user.name);
  });
  afterAll(async () => {
    await ground.close();
    users.remove();
    await server.stop();
  });

  test.each(["the login user", "root"])("so does one of %s", async (who) => {
    // Root's lies in no folder of somebody else's.
    const roots = makeTempDir("own-signals");
    onTestFinished(() => roots.remove());
    const recordDir = who === "root" ? join(roots.path, "records") : join(user.home, "records");
    const ends: unknown[] = [];
    for (const [index, command] of COMMANDS.entries()) {
      const task = { ...KINDS[0], command, recordDir, recordKey: `own-${index}`.padEnd(26, "x") };
      const end = await ground.run({ ...task, ...(who === "root" ? { become: true } : {}) });
      ends.push([command, end.exitCode ?? end.reason]);
    }
    const plain = await Promise.all(COMMANDS.map(plainCode));
    expect(ends).toEqual(COMMANDS.map((command, index) => [command, plain[index]]));
  });
});
