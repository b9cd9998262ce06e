import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { builtProgram } from "../support/built-programs.ts";
import { bareEnv, startChild } from "../support/child-program.ts";
import { findFreePort } from "../support/free-port.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { homeEnv } from "../support/processes.ts";
import { findProgram } from "../support/programs.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";
import { makeTempDir } from "../support/temp-dir.ts";

failOnLeftovers();

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const temp = makeTempDir("two-pools");
let sshd: Sshd;
beforeAll(async () => {
  sshd = await startSshd({ hosts: ["web1", "web2", "web3", "web4"], config: "MaxStartups 100" });
});
afterAll(async () => {
  await sshd.stop();
  temp.remove();
});

/** The fenced blocks of a kind in the section, in their order. */
function blocks(section: string, kind: string): string[] {
  return [...section.matchAll(new RegExp(`^\`\`\`${kind}\n(.*?)^\`\`\``, "gms"))].map(
    ([, text = ""]) => text,
  );
}

/** docs/operations.md has the ports that an operator would take; here they must be free ones. */
async function withFreePorts(script: string): Promise<{ script: string; server: string }> {
  const [server, first, second] = [await findFreePort(), await findFreePort(), await findFreePort()];
  const replaced = script
    .replaceAll("4730", String(server))
    .replaceAll("9464", String(first))
    .replaceAll("9465", String(second));
  return { script: replaced, server: `127.0.0.1:${server}` };
}

it("two pools on one machine, word for word as docs/operations.md has it", async () => {
  const operations = readFileSync(join(ROOT, "docs/operations.md"), "utf8");
  const section = /^## Two pools on one machine\n(.*?)^## /ms.exec(operations)?.[1] ?? "";
  for (const text of blocks(section, "yaml")) {
    const name = /^# (\S+)\n/.exec(text)?.[1];
    if (name === undefined) throw new Error(`a block without a file name:\n${text}`);
    writeFileSync(join(temp.path, name), text);
  }
  const [shown = ""] = blocks(section, "sh");
  const { script, server } = await withFreePorts(shown);
  // The programs, as an installation has them on the PATH.
  const programs = (["rr-worker", "rr-submit"] as const).map(
    (name) => `${name}() { "${process.execPath}" "${builtProgram(name)}" "$@"; }\n`,
  );
  const child = startChild(findProgram("bash"), ["-ec", `set -m\n${programs.join("")}${script}`], {
    cwd: temp.path,
    env: { ...bareEnv, ...homeEnv(temp.path), RR_SERVERS: server, RR_SSH_CONFIG: sshd.sshConfigFile },
  });
  const { code } = await child.exited;
  expect(code, child.output()).toBe(0);
  expect(child.stdout()).toContain("uptime succeeded: 4 of 4 ok");
  expect(child.stdout()).toMatch(/^ready$/m);
  expect(child.stdout()).toMatch(/^roadrunner_worker_tasks_total\{outcome="ok",blame="none"\} 2$/m);
});
