import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { TlsFiles } from "../../src/doors/tls-files.ts";
import { endsSoon, readTlsPair, timeFault } from "../../src/doors/tls-pair.ts";

const folder = mkdtempSync(join(tmpdir(), "rr-tls-"));
afterAll(() => rmSync(folder, { recursive: true }));

const DAY_MS = 24 * 3_600_000;

function openssl(...args: readonly string[]): void {
  execFileSync("openssl", args, { stdio: "ignore" });
}

function make(name: string, days = 30): { readonly cert: string; readonly key: string } {
  const files = { cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
  openssl(
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
    ...["-subj", "/CN=x", "-addext", "subjectAltName=DNS:localhost", "-days", String(days)],
    ...["-keyout", files.key, "-out", files.cert],
  );
  chmodSync(files.key, 0o600);
  return files;
}

const one = make("one");
const other = make("other");

/** What is said while it is opened. */
function opened(paths: { readonly cert: string; readonly key: string }) {
  const said: string[] = [];
  const say = (text: string): void => void said.push(text);
  const tls = TlsFiles.open(paths, { debug: say, info: say, warn: say, error: say });
  return { said, tls, error: tls.ok ? "" : tls.error };
}

describe("a certificate and its key", () => {
  it("are taken as they fit", () => {
    const { tls, said } = opened(one);
    expect(tls.ok && tls.value.pair.certificate.subject).toBe("CN=x");
    expect(tls.ok && tls.value.fault).toBeUndefined();
    expect(said).toEqual([]);
  });

  it("are refused where one is the other's, or no such thing, and it is said which", () => {
    expect(opened({ cert: one.cert, key: other.key }).error).toBe(
      `the key in ${other.key} is not the one of the certificate in ${one.cert}; its own certificate must be the first one there`,
    );
    expect(opened({ cert: one.key, key: one.key }).error).toMatch(
      /one\.key has no certificate in it that can be read/,
    );
    expect(opened({ cert: one.cert, key: one.cert }).error).toMatch(/may be read by others than its owner/);
    const nonsense = join(folder, "nonsense");
    writeFileSync(nonsense, "no key", { mode: 0o600 });
    expect(opened({ cert: one.cert, key: nonsense }).error).toMatch(/nonsense has no private key in it/);
    expect(opened({ cert: join(folder, "none"), key: one.key }).error).toBe(
      `--tls-cert: cannot read ${join(folder, "none")}: there is no such file`,
    );
    const locked = join(folder, "locked.key");
    openssl("ec", "-in", one.key, "-aes128", "-passout", "pass:secret", "-out", locked);
    chmodSync(locked, 0o600);
    expect(opened({ cert: one.cert, key: locked }).error).toMatch(/is protected by a passphrase/);
  });

  it("are refused where others may read the key", () => {
    const open = make("open");
    chmodSync(open.key, 0o640);
    expect(opened(open).error).toMatch(/^--tls-key: .*open\.key may be read by others .* chmod 600 it$/);
  });

  it("are warned of before they end, and refused when they have", () => {
    const soon = make("soon", 13);
    const { tls, said } = opened(soon);
    expect(said).toEqual([
      expect.stringMatching(/^the certificate of this coordinator ends at .*, in 1[23] days; /),
    ]);
    if (!tls.ok) throw new Error(tls.error);
    const { certificate, cert, key } = tls.value.pair;
    const nowMs = Date.now();
    expect(endsSoon(certificate, nowMs - 2 * DAY_MS)).toBeUndefined();
    expect(timeFault(certificate, nowMs)).toBeUndefined();
    expect(timeFault(certificate, nowMs + 14 * DAY_MS)).toMatch(/^expired at /);
    expect(timeFault(certificate, nowMs - DAY_MS)).toMatch(
      /^is not valid before .*; look at the clock of this box$/,
    );
    const late = readTlsPair({ path: "c", text: cert }, { path: "k", text: key }, nowMs + 14 * DAY_MS);
    expect(late.ok ? "" : late.error).toMatch(/^the certificate in c expired at .*have it made anew/);
  });
});
