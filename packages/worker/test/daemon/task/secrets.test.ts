import { chmod, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readSecret } from "../../../src/daemon/task/secrets.ts";

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "rr-secrets-"));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

const failed = (reason: RegExp, fields: object) => ({
  ok: false,
  error: { reason: expect.stringMatching(reason) as string, ...fields },
});
const own = (reason: RegExp) => failed(reason, { blame: "worker", ofTask: true });
const submissions = (reason: RegExp) => failed(reason, { blame: "submission" });

describe("readSecret", () => {
  it("reads a file that only its owner may read, without its last newline", async () => {
    await writeFile(join(dir, "token"), "s3cret\n", { mode: 0o600 });
    expect(await readSecret(dir, "token")).toEqual({ ok: true, value: "s3cret" });
  });

  it("refuses what others could read or plant, and says how to mend it", async () => {
    await writeFile(join(dir, "open"), "s3cret", { mode: 0o600 });
    await chmod(join(dir, "open"), 0o644);
    await symlink("/etc/hostname", join(dir, "link"));
    const open = await readSecret(dir, "open");
    expect(open).toEqual(own(/chmod 600/));
    expect(JSON.stringify(open)).not.toContain("s3cret");
    expect(await readSecret(dir, "link")).toEqual(own(/it is a symbolic link; name the file itself/));
    expect(await readSecret(undefined, "token")).toEqual(own(/--secrets-dir/));
  });

  it("takes a name that there is not for the submission's fault", async () => {
    expect(await readSecret(dir, "mispelt")).toEqual(submissions(/keeps none of that name/));
    for (const name of [".", "..", ".hidden"])
      expect(await readSecret(dir, name)).toEqual(submissions(/a dot/));
  });
});
