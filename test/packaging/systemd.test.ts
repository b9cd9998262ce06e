import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { coordinatorOptions } from "../../packages/coordinator/src/options/options.ts";
import { workerOptions } from "../../packages/worker/src/options/options.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findProgram } from "../support/programs.ts";
import { makeTempDir } from "../support/temp-dir.ts";

failOnLeftovers();

const FOLDER = fileURLToPath(new URL("../../packaging/systemd", import.meta.url));
const SECURITY = fileURLToPath(new URL("../../docs/security.md", import.meta.url));
const units = readdirSync(FOLDER).filter((name) => name.endsWith(".service"));
const temp = makeTempDir("systemd");
afterAll(() => temp.remove());

/** systemd-analyze also looks whether the program is there: on this box it is Node. */
beforeAll(() => {
  for (const name of units) {
    const text = readFileSync(join(FOLDER, name), "utf8");
    writeFileSync(join(temp.path, name), text.replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`));
  }
});

function analyze(...args: readonly string[]) {
  const env = { ...process.env, SYSTEMD_LOG_LEVEL: "warning", LC_ALL: "C.UTF-8" };
  const { status, stdout, stderr } = spawnSync(findProgram("systemd-analyze"), args, {
    encoding: "utf8",
    env,
  });
  return { status, text: `${stdout}${stderr}` };
}

/** As systemd names an instance of a template. */
const instance = (name: string) => join(temp.path, name.replace("@.", "@nobody."));

it("there are units of a worker, a coordinator and gearmand", () => {
  expect(units.sort()).toEqual(["gearmand.service", "rr-coordinator@.service", "rr-worker@.service"]);
});

describe.each(units)("%s", (name) => {
  it("is a unit without a mistake", () => {
    const { status, text } = analyze("verify", "--man=no", instance(name));
    // Not about our units: what else this box has, or lacks, of systemd's.
    const ours = text
      .split("\n")
      .filter((line) => line.includes(name.replace("@.", "@")) || line.includes(temp.path));
    expect(ours).toEqual([]);
    expect(status, text).toBe(0);
  });

  it("exposes little: 2.0 of 10 at most, where 9.6 is a unit that says nothing", () => {
    const { status, text } = analyze(
      "security",
      "--offline=true",
      "--threshold=20",
      "--no-pager",
      join(temp.path, name),
    );
    expect(text).toMatch(/Overall exposure level/);
    expect(status, text.split("\n").slice(-3).join("\n")).toBe(0);
  });

  it("a mistake in it would be found", () => {
    const broken = join(temp.path, `broken-${name}`);
    writeFileSync(
      broken,
      readFileSync(join(temp.path, name), "utf8").replace("ProtectHome=yes", "ProtectHom=yes"),
    );
    expect(analyze("verify", "--man=no", broken.replace("@.", "@x.")).text).toContain("ProtectHom");
  });
});

it("the audit log has a folder that the worker can write, where the docs and the example put it", () => {
  const unit = readFileSync(join(FOLDER, "rr-worker@.service"), "utf8");
  const folder = `/var/log/${/^LogsDirectory=(.*)$/m.exec(unit)?.[1] ?? "none"}/`;
  for (const text of [readFileSync(join(FOLDER, "worker.env"), "utf8"), readFileSync(SECURITY, "utf8")]) {
    const paths = [...text.matchAll(/(?:RR_AUDIT_LOG=|--audit-log )(\/\S+)/g)].map(([, path = ""]) => path);
    expect(paths.length).toBeGreaterThan(0);
    expect(paths.filter((path) => !path.startsWith(folder))).toEqual([]);
  }
  expect(unit).toMatch(/^LogsDirectoryMode=0700$/m);
});

it.each([
  ["rr-worker@.service", "worker.env", workerOptions],
  ["rr-coordinator@.service", "coordinator.env", coordinatorOptions],
])("%s and the example of its options, %s, name only options that there are", (unit, example, options) => {
  const text = [unit, example].map((name) => readFileSync(join(FOLDER, name), "utf8")).join("\n");
  const named = [...text.matchAll(/^(?:# ?|Environment=)?(RR_\w+)=| (RR_\w+)=/gm)].map(
    ([, first, later]) => first ?? later,
  );
  const known = Object.keys(options).map((name) => `RR_${name.replaceAll("-", "_").toUpperCase()}`);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !known.includes(name ?? "") && name !== "RR_COORDINATOR")).toEqual([]);
});

it("the coordinator's socket and store lie in folders that are its user's alone", () => {
  const unit = readFileSync(join(FOLDER, "rr-coordinator@.service"), "utf8");
  const [, runtime = "", state = ""] = /^RuntimeDirectory=(.*)$[^]*^StateDirectory=(.*)$/m.exec(unit) ?? [];
  expect(unit).toContain(`RR_LISTEN=unix:/run/${runtime}/`);
  expect(unit).toContain(`RR_STORE=/var/lib/${state}/`);
  expect(unit).toMatch(/^RuntimeDirectoryMode=0700$/m);
  expect(unit).toMatch(/^StateDirectoryMode=0700$/m);
});
