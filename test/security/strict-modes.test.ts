import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { runSubmit, startWorker } from "../support/processes.ts";
import { names, outcomes, Site } from "../support/site.ts";
import { makeKeys, type Keys } from "./keys.ts";
import { flow } from "./signed-site.ts";

failOnLeftovers();

let keys: Keys;
let alice: string;

beforeAll(() => {
  keys = makeKeys();
  alice = keys.make("alice");
  chmodSync(keys.path, 0o755);
  keys.allow("signers", "alice");
  const rules = [{ principals: "alice", hosts: "*", users: "*" }];
  writeFileSync(join(keys.path, "policy"), JSON.stringify({ rules }));
  writeFileSync(join(keys.path, "secret"), `${Buffer.alloc(32, 7).toString("base64")}\n`, { mode: 0o600 });
});
afterAll(() => keys.remove());

/** A copy of a file, alone in a folder of its own. */
function place(name: string, file: string, { fileMode = 0o600, folderMode = 0o755 }) {
  const folder = join(keys.path, name);
  mkdirSync(folder);
  const path = join(folder, file);
  writeFileSync(path, readFileSync(join(keys.path, file)));
  chmodSync(path, fileMode);
  chmodSync(folder, folderMode);
  return { folder, path };
}

async function startedWith(options: readonly string[]) {
  const worker = startWorker(["--servers", "127.0.0.1:1", ...options]);
  const { code } = await worker.exited;
  return { code, text: worker.output() };
}

const OPTIONS: readonly [option: string, file: string, more: (keys: Keys) => readonly string[]][] = [
  ["--allowed-signers", "signers", () => []],
  ["--policy", "policy", ({ path }) => ["--allowed-signers", join(path, "signers")]],
  ["--pool-key-file", "secret", () => []],
  ["--sudo-password-file", "secret", () => []],
  ["--ssh-password-file", "secret", () => []],
  ["--passphrase-file", "secret", () => []],
  ["--known-hosts", "signers", () => []],
];

describe.each(OPTIONS)("a worker whose %s others may change", (option, file, more) => {
  it("does not start, and names the path and the mode", async () => {
    const written = place(`file${option}`, file, { fileMode: 0o666 });
    expect(await startedWith([option, written.path, ...more(keys)])).toEqual({
      code: 2,
      text: `rr-worker: ${option}: ${written.path} may be written by others than its owner (mode 0666); chmod go-w it\n`,
    });
    const shared = place(`folder${option}`, file, { folderMode: 0o777 });
    expect(await startedWith([option, shared.path, ...more(keys)])).toEqual({
      code: 2,
      text:
        `rr-worker: ${option}: ${shared.path} lies in ${shared.folder}, which others may write (mode 0777); ` +
        `chmod go-w ${shared.folder}, or put it elsewhere\n`,
    });
  });
});

describe("others may change what belongs to", () => {
  it("a worker's secrets and audit log: it does not start", async () => {
    const { folder } = place("secrets", "secret", { folderMode: 0o777 });
    const fault =
      /which others may write \(mode 0777\)|may be written by others than its owner \(mode 0777\)/;
    for (const options of [
      ["--secrets-dir", folder],
      ["--audit-log", join(folder, "audit.log")],
    ]) {
      const { code, text } = await startedWith(options);
      expect(code).toBe(2);
      expect(text).toMatch(fault);
    }
  });

  it("an operator's keys: rr-submit sends nothing", async () => {
    const path = join(keys.path, "flow.json");
    writeFileSync(path, JSON.stringify(flow("nothing")));
    const shared = place("operator", "secret", { folderMode: 0o777 });
    const key = place("operator-key", "alice", { folderMode: 0o777 });
    for (const options of [
      ["--pool-key-file", shared.path],
      ["--sign-key", key.path],
    ]) {
      const { code, stderr } = await runSubmit([path, "--servers", "127.0.0.1:1", ...options]);
      expect(stderr).toContain("which others may write (mode 0777)");
      expect(code).toBe(2);
    }
  });
});

describe("while a worker runs", () => {
  it("somebody opens the folder of its allowed signers: nothing is taken until it is closed again", async () => {
    const { folder, path } = place("running", "signers", {});
    const site = await Site.start({
      hosts: names("h", 3),
      workers: 1,
      workerArgs: ["--allowed-signers", path, "--id", "w1"],
    });
    try {
      chmodSync(folder, 0o777);
      const run = site.startSubmit(flow("opened", { hosts: "h1" }), [
        "--sign-key",
        alice,
        "--output",
        "ndjson",
      ]);
      await run.waitFor("which others may write (mode 0777)");
      expect(site.lines("opened")).toEqual([]);
      await run.kill();
      chmodSync(folder, 0o755);
      const { events } = await site.run(flow("closed", { hosts: "h1" }), ["--sign-key", alice]);
      expect([...outcomes(events).values()]).toEqual(["ok"]);
    } finally {
      await site.stop();
    }
  });
});
