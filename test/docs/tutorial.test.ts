import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";
import { makeTempDir } from "../support/temp-dir.ts";

failOnLeftovers();

const page = readFileSync(new URL("../../docs/tutorial.md", import.meta.url), "utf8");
/** What the page has its hosts make. */
const MENDED = "/tmp/tutorial-mended";
const temp = makeTempDir("tutorial");
let sshd: Sshd;
let env: Record<string, string>;

beforeAll(async () => {
  rmSync(MENDED, { force: true });
  sshd = await startSshd({ hosts: ["web1", "web2", "web3", "web4", "web5"] });
  mkdirSync(join(temp.path, "bin"));
  const submit = new URL("../../packages/flow-client/bin/rr-submit.js", import.meta.url).pathname;
  writeFileSync(join(temp.path, "bin/rr-submit"), `#!/bin/sh\nexec ${process.execPath} ${submit} "$@"\n`);
  chmodSync(join(temp.path, "bin/rr-submit"), 0o755);
  writeFileSync(
    join(temp.path, "deploy.yaml"),
    /`deploy\.yaml`:\n\n```yaml\n([^]*?)```/.exec(page)?.[1] ?? "",
  );
  env = {
    PATH: `${join(temp.path, "bin")}:${process.env["PATH"] ?? ""}`,
    HOME: temp.path,
    LC_ALL: "C.UTF-8",
    RR_SSH_CONFIG: sshd.sshConfigFile,
    RR_RECORD_DIR: join(temp.path, "record-%u"),
    XDG_STATE_HOME: join(temp.path, "state"),
  };
});
afterAll(async () => {
  rmSync(MENDED, { force: true });
  await sshd.stop();
  temp.remove();
});

/** Each block of shell with the exit code that it names, and what is shown behind it. */
const blocks = [...page.matchAll(/```sh\n([^]*?)```(?:\n\n```text\n([^]*?)```)?/g)].map(
  ([, block = "", text = ""]) => ({
    block: block.replaceAll(/ +# exit code \d/g, ""),
    code: Number(/# exit code (\d)/.exec(block)?.[1] ?? 0),
    shown: text.split("\n").filter((line) => line !== ""),
  }),
);

describe("docs/tutorial.md", () => {
  it("has blocks of shell", () => expect(blocks.length).toBeGreaterThan(7));

  it.each(blocks)("$block", async ({ block, code, shown }) => {
    const child = spawn("/bin/sh", ["-ec", block], {
      cwd: temp.path,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (output += String(chunk)));
    const [exitCode] = (await once(child, "close")) as [number];
    expect([exitCode, output]).toEqual([code, output]);
    const said = output.split("\n");
    expect(said).toEqual(expect.arrayContaining(shown));
  });
});
