import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGearmand, type Gearmand } from "../support/gearmand.ts";
import type { ChildProgram } from "../support/child-program.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startWorker } from "../support/processes.ts";
import { findProgram } from "../support/programs.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";

failOnLeftovers();

const HOSTS = ["web1", "web2", "web3"];
const temp = makeTempDir("coming-from");
let sshd: Sshd;
let gearmand: Gearmand;
let worker: ChildProgram;
let env: Record<string, string>;

beforeAll(async () => {
  for (const program of ["ansible", "clush", "pdsh", "dshbak", "sudo"]) findProgram(program);
  // Which hosts were reached is what both sides are compared by.
  const log = join(temp.path, "reached");
  const note = `echo "\${SSH_CONNECTION% *}" >>${log}; exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"`;
  writeFileSync(log, "");
  writeFileSync(join(temp.path, "note.sh"), `${note}\n`);
  sshd = await startSshd({ hosts: HOSTS, config: `ForceCommand /bin/sh ${join(temp.path, "note.sh")}` });
  gearmand = await startGearmand();
  const own = ["--ssh-config", sshd.sshConfigFile, "--keep-shell", "0s"];
  worker = startWorker(["--servers", gearmand.server, ...own], {
    env: { RR_RECORD_DIR: join(temp.path, "record-%u") },
  });
  await until("the worker", async () => (await gearmand.status("rr-run")).workers === 1);
  env = settings();
});

afterAll(async () => {
  await worker.kill();
  await gearmand.stop();
  await sshd.stop();
  temp.remove();
});

/** What each tool is told of the hosts, as its own users tell it: the lines of the pages name none of it. */
function settings(): Record<string, string> {
  const write = (name: string, text: string) => writeFileSync(join(temp.path, name), text);
  const page = readFileSync(pageFile("ansible"), "utf8");
  const block = (title: string) =>
    new RegExp(`\`${title}\`:\n\n\`\`\`yaml\n([^]*?)\`\`\``).exec(page)?.[1] ?? "";
  for (const name of ["deploy.yml", "deploy.yaml"]) write(name, block(name));
  write(
    "inventory.yaml",
    "groups: { web: 'web[1-3]', canary: web1 }\nhosts: { 'web[1,3]': { labels: { rack: r7 } } }\n",
  );
  write("inventory.ini", "[web]\nweb1 rack=r7\nweb2 rack=r8\nweb3 rack=r7\n[canary]\nweb1\n");
  write("racks.yml", "plugin: constructed\nstrict: true\nkeyed_groups: [{ key: rack, prefix: rack }]\n");
  write("hosts.txt", "web1\nweb3\n");
  write("check.sh", "#!/bin/sh\nhostname\n");
  chmodSync(join(temp.path, "check.sh"), 0o755);
  mkdirSync(join(temp.path, "clush"));
  write("clush/clush.conf", `[Main]\nssh_options: -F ${sshd.sshConfigFile} -oBatchMode=yes\n`);
  const groups = `[Main]\ndefault: local\n[local]\nmap: test $GROUP = web && echo 'web[1-3]'\nall: echo 'web[1,3]'\n`;
  for (const name of ["clush/groups.conf", "groups.conf"]) write(name, groups);
  mkdirSync(join(temp.path, "bin"));
  const submit = new URL("../../packages/flow-client/bin/rr-submit.js", import.meta.url).pathname;
  write("bin/rr-submit", `#!/bin/sh\nexec ${process.execPath} ${submit} "$@"\n`);
  chmodSync(join(temp.path, "bin/rr-submit"), 0o755);
  return {
    PATH: `${join(temp.path, "bin")}:${process.env["PATH"] ?? ""}`,
    HOME: temp.path,
    LC_ALL: "C.UTF-8",
    RR_SERVERS: gearmand.server,
    RR_INVENTORY: join(temp.path, "inventory.yaml"),
    XDG_STATE_HOME: join(temp.path, "state"),
    ANSIBLE_INVENTORY: ["inventory.ini", "racks.yml"].map((name) => join(temp.path, name)).join(","),
    // Each command by a session of its own on one connection, as its default does.
    ANSIBLE_SSH_ARGS: `-F ${sshd.sshConfigFile} -oControlMaster=auto -oControlPersist=5s`,
    ANSIBLE_SSH_CONTROL_PATH_DIR: join(temp.path, "cp"),
    // One session a task in place of five: what is compared is which hosts are reached.
    ANSIBLE_PIPELINING: "True",
    ANSIBLE_PYTHON_INTERPRETER: findProgram("python3"),
    CLUSTERSHELL_CFGDIR: join(temp.path, "clush"),
    PDSH_SSH_ARGS: `-F ${sshd.sshConfigFile} -oBatchMode=yes -l%u %h`,
  };
}

function pageFile(name: string): URL {
  return new URL(`../../docs/coming-from/${name}.md`, import.meta.url);
}

/** The lines of a page's tables: the tool's, where it has some, and ours. */
function rowsOf(name: string): readonly { readonly ours: string; readonly theirs: string | undefined }[] {
  const page = readFileSync(pageFile(name), "utf8");
  return page.split("\n").flatMap((line) => {
    const codes = [...line.matchAll(/(?<=\| )`([^`]+)` *(?=\|)/g)].map(([, code = ""]) =>
      code.replaceAll("\\|", "|"),
    );
    const ours = codes.find((code) => code.startsWith("rr-submit "));
    const theirs = codes.find((code) => /^(ansible|clush|pdsh)/.test(code));
    return ours === undefined ? [] : [{ ours, theirs }];
  });
}

/** A host fails once: something is left to take again. */
const FAILS_ONCE = "rr-submit run web2 -- 'test -e MARK || ! touch MARK'";

async function failOnce(): Promise<void> {
  const mark = join(temp.path, "again");
  rmSync(mark, { force: true });
  const { code, output } = await runLine(FAILS_ONCE.replaceAll("MARK", mark));
  expect([code, output]).toEqual([1, output]);
}

/** Of ansible's lines these are run for real; of the others it tells which hosts it picks, without a Python on each. */
const RUN_FOR_REAL = /^ansible .*(-m ping|-b |-m script)/;

async function runTheirs(line: string): ReturnType<typeof runLine> {
  if (!line.startsWith("ansible ") || RUN_FOR_REAL.test(line)) return runLine(line);
  const { code, output } = await runLine(`${line} --list-hosts`);
  return { code, output, hosts: HOSTS.filter((host) => output.split(/\s+/).includes(host)) };
}

async function runLine(line: string): Promise<{ code: number; hosts: readonly string[]; output: string }> {
  const log = join(temp.path, "reached");
  writeFileSync(log, "");
  const child = spawn("/bin/sh", ["-c", line], { cwd: temp.path, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (output += String(chunk)));
  const [code] = (await once(child, "close")) as [number];
  const addresses = new Set(
    readFileSync(log, "utf8")
      .split("\n")
      .filter(Boolean)
      .map((text) => text.split(" ")[2]),
  );
  const hosts = HOSTS.filter((host) => addresses.has(sshd.address(host)));
  return { code, hosts, output };
}

/** Pages have lines of ours in common: each is run once, as the hosts and files are the same. */
const ran = new Map<string, Awaited<ReturnType<typeof runLine>>>();

async function runOurs(line: string): Promise<Awaited<ReturnType<typeof runLine>>> {
  const known = ran.get(line);
  if (known !== undefined) return known;
  if (line.includes(" resume ")) await failOnce();
  const end = await runLine(line);
  ran.set(line, end);
  return end;
}

describe.each(["ansible", "clush-and-pdsh", "rundeck"])("docs/coming-from/%s.md", (page) => {
  it("has lines", () => expect(rowsOf(page).length).toBeGreaterThan(5));

  it.each(rowsOf(page))("$ours reaches the hosts that $theirs does", async ({ ours, theirs }) => {
    const here = await runOurs(ours);
    const there = theirs === undefined ? { ...here, code: 0 } : await runTheirs(theirs);
    expect(here.hosts, `${here.output}\n${there.output}`).toEqual(there.hosts);
    expect([here.code === 0, here.output], there.output).toEqual([there.code === 0, here.output]);
  });
});
