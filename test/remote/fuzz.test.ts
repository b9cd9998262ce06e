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

/** Texts; each is a value once, and every eighth a command and the name of a host. */
const COUNT = 2000;
/** Values that one visit carries: what it costs is the visit. */
const VALUES = 8;
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

test(`of ${COUNT} texts, values, commands and names of hosts arrive whole, and nothing of them is executed`, async () => {
  const canary = join(user.home, "canary");
  const names = Array.from({ length: VALUES }, (_, index) => `VALUE${index}`);
  // Takes what it is given for a command and shows it, instead of running it.
  const shell = join(user.home, "..", "show-arguments");
  writeFileSync(
    shell,
    `#!/bin/bash\nprintf '%s\\0' "$#" "$1" "$2" "$RR_HOST" ${names.map((name) => `"$${name}"`).join(" ")}\n`,
  );
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
    const text = (at: number): string => samples[at % COUNT] ?? "";
    const [command, host] = [text(index), text(index + 13)];
    const values = names.map((_, offset) => text(index + 7 + offset));
    const env = Object.fromEntries(names.map((name, offset) => [name, values[offset] ?? ""]));
    const end = await ground.run({ command, shell, env: { ...env, RR_HOST: host } });
    const seen = textOf(end.stdout).split("\0").slice(0, -1);
    // What a shell would take for an option gets an empty line before it.
    const line = /^[-+]/.test(command) ? `\n${command}` : command;
    const expected = ["2", "-c", line, host, ...values].map((part) => Buffer.from(part).toString());
    if (end.outcome !== "ok" || JSON.stringify(seen) !== JSON.stringify(expected))
      wrong.push({ index, end, seen, expected });
  };
  for (let index = 0; index < COUNT; index += 5 * VALUES) {
    await Promise.all([0, 1, 2, 3, 4].map((offset) => check(index + offset * VALUES)));
  }
  expect(wrong).toEqual([]);
  expect(existsSync(canary)).toBe(false);
}, 300_000);
