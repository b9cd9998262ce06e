import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Log } from "@roadrunner/core/service";
import { LOGIN_NAMESPACE, loginText, operatorKey, signSsh } from "@roadrunner/core/signing";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Logins } from "../../src/login/logins.ts";
import { SignersOfFiles } from "../../src/login/signers.ts";
import { TOKEN_MS } from "../../src/login/token.ts";
import { sqlStore } from "../../src/store/sql-store.ts";
import { openSqlite } from "../../src/store/sqlite/open-sqlite.ts";
import { VERSIONS } from "../../src/store/versions/index.ts";
import { valueOf } from "../store/store-contract.ts";

const NO_LOG: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const folder = mkdtempSync(join(tmpdir(), "rr-token-"));
let base: Awaited<ReturnType<typeof openSqlite>>;
let logins: Logins;
const key = valueOf(operatorKey(generateKeyPairSync("ed25519").privateKey));

beforeEach(async () => {
  base = await openSqlite(join(folder, "store.db"), VERSIONS, true);
  const allowedSigners = join(folder, "allowed_signers");
  writeFileSync(allowedSigners, `ada ssh-ed25519 ${key.publicBlob.toString("base64")}\n`);
  logins = new Logins({
    store: sqlStore(valueOf(base), "ours"),
    signers: new SignersOfFiles({ allowedSigners, revokedSigners: undefined, roles: undefined }),
    names: () => ({ addresses: [{ host: "127.0.0.1", port: 4780 }], publicAddresses: [] }),
    log: NO_LOG,
    observer: { loggedIn: () => {} },
  });
});
afterEach(async () => {
  vi.useRealTimers();
  await valueOf(base).close();
  rmSync(folder, { recursive: true });
});

async function login(): Promise<string> {
  const { challenge } = valueOf(await logins.challenge());
  const statement = loginText({ server: "127.0.0.1:4780", challenge });
  const signature = valueOf(await signSsh(Buffer.from(statement), LOGIN_NAMESPACE, key));
  return valueOf(await logins.login({ statement, signature }, "127.0.0.1")).token;
}

it("a token is over after its time by the coordinator's clock, too, where the store's is behind it", async () => {
  const token = await login();
  const now = Date.now();
  vi.useFakeTimers({ now, toFake: ["Date"] });
  vi.setSystemTime(now + TOKEN_MS - 60_000);
  expect(await logins.who(token)).toMatchObject({ ok: true, value: { principal: "ada" } });
  vi.setSystemTime(now + TOKEN_MS + 1);
  expect(await logins.who(token)).toMatchObject({ ok: false, error: { code: "notLoggedIn" } });
});
