import { randomBytes } from "node:crypto";
import { sql, type ExpressionBuilder } from "kysely";
import { defined, type Result } from "@roadrunner/core";
import { asResult, type Base } from "./base.ts";
import type { StoredToken } from "./logins.ts";
import type { StoreFault } from "./store.ts";
import type { Tables } from "./tables.ts";

/** A taken challenge is remembered for longer than it holds: the clocks of store and coordinators may differ. */
const CLOCKS_DIFFER_MS = 3_600_000;
const KEY_BYTES = 32;
/** Logins that one principal may have at a time; those that end first go first. */
const MOST_TOKENS = 100;

export async function challengeKey(base: Base): Promise<Result<Buffer, StoreFault>> {
  const { db } = base;
  const find = () => db.selectFrom("challenge_key").select("key").executeTakeFirst();
  return asResult(base, async () => {
    let found = await find();
    if (found === undefined) {
      const key = randomBytes(KEY_BYTES).toString("base64");
      // Of two who make one at once, the first is heard.
      await db
        .insertInto("challenge_key")
        .values({ id: 1, key })
        .onConflict((on) => on.doNothing())
        .execute();
      found = await find();
    }
    if (found === undefined) throw new Error(`bug: ${base.name} keeps no challenge key`);
    return Buffer.from(found.key, "base64");
  });
}

export async function takeChallenge(
  base: Base,
  challenge: string,
  untilMs: number,
): Promise<Result<boolean, StoreFault>> {
  return asResult(base, async () => {
    const taken = await base.db
      .insertInto("challenges")
      .values({ challenge, until_ms: untilMs })
      .onConflict((on) => on.doNothing())
      .returning("challenge")
      .execute();
    return taken.length === 1;
  });
}

export async function addToken(base: Base, token: StoredToken): Promise<Result<void, StoreFault>> {
  const { digest, principal, signer, touch, expiresMs } = token;
  return asResult(base, async () => {
    await dropExpired(base);
    await base.db
      .insertInto("tokens")
      .values({ digest, principal, signer, touch: touch ?? null, expires_ms: expiresMs })
      .execute();
    const others = (is: ExpressionBuilder<Tables, "tokens">) =>
      is.and([is("principal", "=", principal), is("digest", "!=", digest)]);
    const kept = base.db
      .selectFrom("tokens")
      .select("digest")
      .where(others)
      .orderBy("expires_ms", "desc")
      .orderBy("digest")
      .limit(MOST_TOKENS - 1);
    await base.db.deleteFrom("tokens").where(others).where("digest", "not in", kept).execute();
  });
}

export async function findToken(
  base: Base,
  digest: string,
): Promise<Result<StoredToken | undefined, StoreFault>> {
  return asResult(base, async () => {
    const row = await base.db
      .selectFrom("tokens")
      .selectAll()
      .where("digest", "=", digest)
      .where("expires_ms", ">", base.dialect.nowMs)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const { principal, signer, touch, expires_ms: expiresMs } = row;
    return { digest, principal, signer, expiresMs, ...defined({ touch: touch ?? undefined }) };
  });
}

export async function dropToken(base: Base, digest: string): Promise<Result<void, StoreFault>> {
  return asResult(base, async () => {
    await base.db.deleteFrom("tokens").where("digest", "=", digest).execute();
  });
}

/** Tokens and challenges that are over. */
export async function dropExpired({ db, dialect }: Base): Promise<void> {
  await db.deleteFrom("tokens").where("expires_ms", "<=", dialect.nowMs).execute();
  await db
    .deleteFrom("challenges")
    .where("until_ms", "<", sql<number>`${dialect.nowMs} - ${sql.lit(CLOCKS_DIFFER_MS)}`)
    .execute();
}
