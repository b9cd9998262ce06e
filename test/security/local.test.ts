import { readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startChild, type ChildProgram } from "../support/child-program.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startSubmit } from "../support/processes.ts";
import { findProgram } from "../support/programs.ts";
import { ownFolder, startSshd, type Sshd } from "../support/sshd.ts";
import { until } from "../support/until.ts";

failOnLeftovers();

/** Says to each of these sockets what a Gearman client says, and prints what came of it. */
const STRANGER = `
const { connect } = require("node:net");
const echo = Buffer.from("\\0REQ\\0\\0\\0\\x10\\0\\0\\0\\x02hi", "latin1");
const visit = (where) => new Promise((resolve) => {
  const socket = connect(where, () => socket.write(echo));
  socket.setTimeout(2000, () => { socket.destroy(); resolve("silent"); });
  socket.once("data", (data) => { socket.destroy(); resolve(data.includes("\\0RES") ? "GEARMAN" : "something else"); });
  socket.once("error", ({ code }) => resolve(code));
  socket.once("close", () => resolve("closed"));
});
Promise.all(JSON.parse(process.argv[1]).map(visit)).then((said) => console.log(JSON.stringify(said)));
`;

let sshd: Sshd;
let submit: ChildProgram;
beforeAll(async () => {
  sshd = await startSshd({ hosts: ["h1"] });
  const flow = join(sshd.dir, "flow.json");
  const command = `${ownFolder}; echo >$d/up; until [ -e $d/go ]; do sleep 0.1; done`;
  writeFileSync(flow, JSON.stringify({ slots: [{ jobs: [{ hosts: "h1", command }] }] }));
  submit = startSubmit([flow, "--local", "--ssh-config", sshd.sshConfigFile, "--output", "plain"]);
  await until("the command to run", () => hostFiles().includes("up"), { lastSeen: () => submit.output() });
});
afterAll(async () => {
  writeFileSync(join(sshd.workDir, sshd.address("h1"), "go"), "");
  await submit.exited;
  await sshd.stop();
});

const hostFiles = (): string[] => {
  try {
    return readdirSync(join(sshd.workDir, sshd.address("h1")));
  } catch {
    return [];
  }
};

/** Inodes of the sockets that a process has open. */
function socketsOf(pid: number): Set<string> {
  const folder = `/proc/${pid}/fd`;
  const links = readdirSync(folder).map((name) => {
    try {
      return readlinkSync(join(folder, name));
    } catch {
      return "";
    }
  });
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
}

const rows = (table: string): string[][] =>
  readFileSync(`/proc/net/${table}`, "utf8")
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/));

const LISTENS = "0A";

describe("rr-submit --local, to another user of the box", () => {
  it("listens on no port", () => {
    const own = socketsOf(submit.pid);
    const listening = ["tcp", "tcp6"]
      .flatMap(rows)
      .filter((row) => row[3] === LISTENS && own.has(row[9] ?? ""));
    expect(own.size).toBeGreaterThan(0);
    expect(listening).toEqual([]);
  });

  it("has sockets that speak Gearman, and he can open none", async () => {
    const own = socketsOf(submit.pid);
    const paths = rows("unix").flatMap((row) => (own.has(row[6] ?? "") ? (row[7] ?? []) : []));
    const sockets = [...new Set(paths)];
    expect(await saidTo(sockets, [])).toContain("GEARMAN");
    const asNobody = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    expect(new Set(await saidTo(sockets, asNobody))).toEqual(new Set(["EACCES"]));
  });
});

async function saidTo(sockets: readonly string[], as: readonly string[]): Promise<string[]> {
  const args = [...as, process.execPath, "-e", STRANGER, JSON.stringify(sockets)];
  const child = startChild(findProgram("setpriv"), args);
  await child.exited;
  return JSON.parse(child.stdout() || JSON.stringify([child.stderr()])) as string[];
}
