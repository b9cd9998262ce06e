import {
  chmodSync,
  chownSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { runSubmit } from "../support/processes.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

failOnLeftovers();

/** The attacker of this box: another user, in a folder that everybody may write, such as /tmp. */
const NOBODY = 65534;

let sshd: Sshd;
let home: TempDir;
let flow = "";
let run: string[] = [];
beforeAll(async () => {
  sshd = await startSshd({ hosts: ["h1"] });
  home = makeTempDir("home");
  flow = join(home.path, "flow.json");
  writeFileSync(
    flow,
    JSON.stringify({ slots: [{ jobs: [{ name: "j", hosts: "h1", command: "echo out" }] }] }),
  );
  run = [flow, "--local", "--ssh-config", sshd.sshConfigFile];
  const { code, stderr } = await submit(run);
  if (code !== 0) throw new Error(stderr);
});
afterAll(async () => {
  await sshd.stop();
  home.remove();
});

let shared: TempDir;
let victim = "";
beforeEach(() => {
  shared = makeTempDir("shared");
  chmodSync(shared.path, 0o1777);
  victim = join(home.path, "precious");
  writeFileSync(victim, "precious");
});
afterEach(() => {
  if (readFileSync(victim, "utf8") !== "precious") throw new Error("the victim's file was written");
  shared.remove();
});

const submit = (args: readonly string[]) => runSubmit(args, { home: home.path });
const inShared = (name: string): string => join(shared.path, name);
const report = (...args: string[]) => submit(["report", "last", ...args]);
const refusal = (path: string) =>
  expect.objectContaining({ code: 2, stderr: expect.stringContaining(path) as string }) as object;

describe.each(["--html", "--junit"])("report %s", (option) => {
  it("makes its file anew and private, whatever mode the old one had", async () => {
    writeFileSync(inShared("run"), "old", { mode: 0o666 });
    chmodSync(inShared("run"), 0o666);
    expect((await report(option, inShared("run"))).code).toBe(0);
    expect(statSync(inShared("run")).mode & 0o777).toBe(0o600);
    expect(readFileSync(inShared("run"), "utf8")).toContain("j");
    expect(readdirSync(shared.path)).toEqual(["run"]);
  });

  it("does not follow a link that another user planted, as the file or on the way to it", async () => {
    symlinkSync(victim, inShared("run"));
    lchownSync(inShared("run"), NOBODY, NOBODY);
    expect(await report(option, inShared("run"))).toEqual(refusal("run is a link of another user"));
    symlinkSync(home.path, inShared("way"));
    lchownSync(inShared("way"), NOBODY, NOBODY);
    expect(await report(option, inShared("way/precious"))).toEqual(refusal("way is a link of another user"));
    expect(lstatSync(inShared("run")).isSymbolicLink()).toBe(true);
  });

  it("leaves another user's file and folder alone", async () => {
    writeFileSync(inShared("his"), "his");
    chownSync(inShared("his"), NOBODY, NOBODY);
    expect(await report(option, inShared("his"))).toEqual(refusal("his belongs to another user"));
    expect(readFileSync(inShared("his"), "utf8")).toBe("his");
    mkdirSync(inShared("folder"), { mode: 0o777 });
    chmodSync(inShared("folder"), 0o777);
    expect(await report(option, inShared("folder/run"))).toEqual(refusal("others may replace what is in"));
    chownSync(inShared("folder"), NOBODY, NOBODY);
    expect(await report(option, inShared("folder/run"))).toEqual(refusal("folder belongs to another user"));
    expect(readdirSync(inShared("folder"))).toEqual([]);
  });
});

describe("--output-dir", () => {
  const output = (folder: string) => submit([...run, "--output-dir", folder]);

  it("makes its folder for the operator alone, also in a folder of everybody", async () => {
    expect((await output(inShared("out"))).code).toBe(0);
    expect(statSync(inShared("out")).mode & 0o777).toBe(0o700);
    expect(readFileSync(inShared("out/j/h1.stdout"), "utf8")).toBe("out\n");
    expect(statSync(inShared("out/j/h1.stdout")).mode & 0o777).toBe(0o600);
  });

  it("takes no folder or link of another user, and none that others may write", async () => {
    mkdirSync(inShared("his"), { mode: 0o777 });
    chownSync(inShared("his"), NOBODY, NOBODY);
    expect(await output(inShared("his"))).toEqual(refusal("his belongs to another user"));
    symlinkSync(home.path, inShared("link"));
    lchownSync(inShared("link"), NOBODY, NOBODY);
    expect(await output(inShared("link/out"))).toEqual(refusal("link is a link of another user"));
    mkdirSync(inShared("open"));
    chmodSync(inShared("open"), 0o777);
    expect(await output(inShared("open"))).toEqual(refusal("others may replace what is in"));
    expect(readdirSync(inShared("his"))).toEqual([]);
    expect(readdirSync(inShared("open"))).toEqual([]);
  });
});
