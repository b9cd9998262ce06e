// Installs the programs that the tests start (gearmand, sshd, …) where that can be done without asking: on
// Debian and its children, as root. Elsewhere it says what is missing. The table is test-programs.json.
import { spawnSync } from "node:child_process";
import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const POLICY = "/usr/sbin/policy-rc.d";
const POLICY_MARK = "# Made by Roadrunner's scripts/install-test-programs.js, which removes it again.";
const LOCKED = /could not get lock|unable to (acquire|lock)/i;
const LOCK_WAIT_MS = 120_000;

/** What Debian's packages would start now and at each boot; the tests start their own. */
const SERVICES = {
  "gearman-job-server": "gearman-job-server",
  "gearman-server": "gearman-server",
  "krb5-admin-server": "krb5-admin-server",
  "krb5-kdc": "krb5-kdc",
  "openssh-server": "ssh",
  postgresql: "postgresql",
  prometheus: "prometheus",
};

/** Debian has the programs of each version of PostgreSQL in a folder of its own, which is not on PATH. */
const POSTGRESQL = "/usr/lib/postgresql";

const packageOf = JSON.parse(readFileSync(new URL("test-programs.json", import.meta.url), "utf8"));

function missingPackages() {
  const versions = existsSync(POSTGRESQL) ? readdirSync(POSTGRESQL) : [];
  const folders = [
    ...(process.env.PATH ?? "").split(delimiter),
    "/usr/sbin",
    "/sbin",
    "/usr/local/sbin",
    ...versions.map((version) => join(POSTGRESQL, version, "bin")),
  ];
  // Named by its path: another program of the same name, which is not taken for this one.
  const isOther = (path) => packageOf[realpathSync(path)] !== undefined;
  const isAt = (path) => isExecutable(path) && !isOther(path);
  const isThere = (program) =>
    program.startsWith("/")
      ? isExecutable(program)
      : folders.some((folder) => folder !== "" && isAt(join(folder, program)));
  const missing = Object.keys(packageOf).filter((program) => !isThere(program));
  return [...new Set(missing.map((program) => packageOf[program]))];
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function run(command, args) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C.UTF-8" };
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  return { ok: status === 0, text: `${stdout ?? ""}${stderr ?? ""}${error?.message ?? ""}` };
}

/** apt waits for dpkg's lock by itself, but not for those of its lists and archives. */
async function aptGet(...args) {
  const options = ["-qq", "-o", "DPkg::Lock::Timeout=120", "-o", "Dpkg::Use-Pty=0"];
  const end = Date.now() + LOCK_WAIT_MS;
  for (;;) {
    const result = run("apt-get", [...options, ...args]);
    if (result.ok || !LOCKED.test(result.text) || Date.now() > end || interrupted) return result;
    await sleep(2_000);
  }
}

function haveCandidates(packages) {
  const { text } = run("apt-cache", ["policy", ...packages]);
  return (text.match(/Candidate: (?!\(none\))/g) ?? []).length === packages.length;
}

async function install(packages) {
  const args = ["install", "-y", "--no-install-recommends", ...packages];
  if (haveCandidates(packages)) {
    const result = await aptGet(...args);
    if (result.ok || interrupted) return result;
    // Lists that are too old name files that are gone from the mirror.
  }
  const updated = await aptGet("update");
  return updated.ok ? aptGet(...args) : updated;
}

/** Debian's packages start their daemons unless this file says no; gearmand's would take port 4730. */
async function withoutStartingServices(action) {
  const ours = !existsSync(POLICY) || readFileSync(POLICY, "utf8").includes(POLICY_MARK);
  if (ours) writeFileSync(POLICY, `#!/bin/sh\n${POLICY_MARK}\nexit 101\n`, { mode: 0o755 });
  try {
    return await action();
  } finally {
    if (ours) rmSync(POLICY, { force: true });
  }
}

/** Nor shall they start at the next boot: this box did not have them before. */
function leaveServicesOff(packages) {
  for (const name of packages) {
    const service = SERVICES[name];
    if (service === undefined) continue;
    const off = run("systemctl", ["disable", service]);
    if (!off.ok) run("update-rc.d", [service, "disable"]);
  }
}

// With a listener Ctrl-C ends only apt-get, which gets it as well, and the policy file is still removed.
let interrupted = false;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => (interrupted = true));

const packages = missingPackages();
if (packages.length > 0) {
  const command = `apt-get install --no-install-recommends ${packages.join(" ")}`;
  const isDebian = existsSync("/etc/debian_version") && isExecutable("/usr/bin/apt-get");
  if (!isDebian || process.getuid?.() !== 0) {
    const where = isDebian ? "as root" : "or what your system calls these Debian packages";
    console.error(`The tests need programs that are missing. Install them (${where}):\n  ${command}`);
    process.exitCode = 1;
  } else {
    console.error(`installing for the tests: ${packages.join(" ")}`);
    const result = await withoutStartingServices(() => install(packages));
    leaveServicesOff(packages);
    const left = missingPackages();
    if (left.length > 0) {
      console.error(`${result.text.trimEnd()}\nStill missing: ${left.join(" ")}. Try: ${command}`);
      process.exitCode = 1;
    }
  }
}
