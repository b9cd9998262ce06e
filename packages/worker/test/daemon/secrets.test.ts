import { chmod, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readSecret } from "../../src/daemon/secrets.ts";

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "rr-secrets-"));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

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
    expect(open).toMatchObject({ ok: false, error: expect.stringContaining("chmod 600") as string });
    expect(JSON.stringify(open)).not.toContain("s3cret");
    expect(await readSecret(dir, "link")).toMatchObject({ ok: false });
    expect(await readSecret(dir, "missing")).toMatchObject({
      ok: false,
      error: expect.stringContaining("ENOENT") as string,
    });
    expect(await readSecret(dir, "..")).toMatchObject({ ok: false });
    expect(await readSecret(undefined, "token")).toMatchObject({
      ok: false,
      error: expect.stringContaining("--secrets-dir") as string,
    });
  });
});
