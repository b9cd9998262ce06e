import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { constantFrom, array, sample, string } from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findProgram } from "../support/programs.ts";
import { makeGround, textOf, type Ground } from "./ground.ts";
import { makeLoginUsers, type LoginUser, type LoginUsers } from "./login-users.ts";
import { startServer, type Server } from "./servers.ts";

failOnLeftovers();

const COUNT = 600;
const SEED = 20261124;

let server: Server;
let users: LoginUsers;
let user: LoginUser;
let ground: Ground;

beforeAll(async () => {
  server = await startServer("sshd");
  users = makeLoginUsers(server.publicKeyFile);
  user = await users.add(findProgram("bash"));
  ground = makeGround(server.sshConfigFile, user.name);
});
afterAll(async () => {
  await ground.close();
  users.remove();
  await server.stop();
});

test(`${COUNT} values, commands and names of hosts arrive whole, and nothing of them is executed`, async () => {
  const canary = join(user.home, "canary");
  // Takes what it is given for a command and shows it, instead of running it.
  const shell = join(user.home, "..", "show-arguments");
  writeFileSync(shell, `#!/bin/bash\nprintf '%s\\0' "$#" "$1" "$2" "$VALUE" "$RR_HOST"\n`);
  chmodSync(shell, 0o755);
  const touch = `touch ${canary}`;
  const token = constantFrom(
    ...[`$(${touch})`, `\`${touch}\``, `;${touch};`, `\n${touch}\n`, `|${touch}&`, `'${touch}`, `"${touch}`],
    ...["'", '"', "\\", "\\'", "'\\''", "$", "${", "}", "$((", "`", "!", "!!", "#", "~", "*", "?", "[", "]"],
    ...[
      "\n",
      "\r",
      "\t",
      " ",
      "\u0001",
      "\u007f",
      "\u0085",
      "\u2028",
      "\u00e9",
      "\u{1f600}",
      "%s",
      "%n",
      "-",
      "--",
    ],
    ...["rr:", "end", "EOF", "\nrr_w\n", "}", "};", ")", "rr_no", "<<'X'\n", "exit 0\n", "\x1b[2J"],
  );
  const text = array(token, { minLength: 1, maxLength: 12 }).map((tokens) => tokens.join(""));
  const word = string({ unit: "binary", minLength: 1, maxLength: 40 }).map(
    (value) => value.replaceAll("\0", "0") || "x",
  );
  const samples = [
    ...sample(text, { numRuns: COUNT / 2, seed: SEED }),
    ...sample(word, { numRuns: COUNT / 2, seed: SEED }),
  ];
  const wrong: unknown[] = [];
  const check = async (index: number): Promise<void> => {
    const [command = "", value = "", host = ""] = [0, 7, 13].map((shift) => samples[(index + shift) % COUNT]);
    const end = await ground.run({ command, shell, env: { VALUE: value, RR_HOST: host } });
    const seen = textOf(end.stdout).split("\0").slice(0, -1);
    // What a shell would take for an option gets an empty line before it.
    const line = /^[-+]/.test(command) ? `\n${command}` : command;
    const expected = ["2", "-c", line, value, host].map((part) => Buffer.from(part).toString());
    if (end.outcome !== "ok" || JSON.stringify(seen) !== JSON.stringify(expected))
      wrong.push({ index, end, seen, expected });
  };
  for (let index = 0; index < COUNT; index += 5) {
    await Promise.all([0, 1, 2, 3, 4].map((offset) => check(index + offset)));
  }
  expect(wrong).toEqual([]);
  expect(existsSync(canary)).toBe(false);
}, 300_000);
