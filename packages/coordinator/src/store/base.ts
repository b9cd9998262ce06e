import type { Kysely, RawBuilder, SqlBool } from "kysely";
import { fail, succeed, type Result } from "@roadrunner/core";
import type { Store, StoreFault } from "./store.ts";
import type { Tables } from "./tables.ts";

/** Who is silent for so long loses its runs. */
export const LEASE_MS = 20_000;

/** One of the pairs of texts that a statement is given. */
export interface Pair {
  /** From 1. */
  readonly number: number;
  readonly one: string;
  readonly other: string | null;
}

export interface EndExpressions {
  /** Whether it is the end of a task or of a stage. */
  readonly is: RawBuilder<SqlBool>;
  /** Of such an end, for `key` of the name: others may have the same one. */
  readonly host: RawBuilder<string>;
  readonly job: RawBuilder<string>;
  readonly key: (name: string) => string;
  /** Whether this text is in the event. */
  readonly has: (text: string) => RawBuilder<SqlBool>;
}

/** What PostgreSQL and SQLite say differently. */
export interface Dialect {
  /** The store's clock. */
  readonly nowMs: RawBuilder<number>;
  /** The type of a key that counts, no number twice. */
  readonly countedKey: RawBuilder<unknown>;
  /** The type of texts that are compared byte by byte. */
  readonly plainText: RawBuilder<unknown>;
  /** A query for the rows of a JSON list of pairs of texts. */
  pairs(json: string): RawBuilder<Pair>;
  /** Of events, by their column `event`: as the index of them has it, to be written in the very same way. */
  readonly ends: EndExpressions;
  /** Whether a statement may hold several that write, and rows can be locked. */
  readonly many: boolean;
}

/** An open database. */
export interface Base {
  readonly kind: Store["kind"];
  readonly name: string;
  readonly db: Kysely<Tables>;
  /** The same, not kept waiting by what else is asked. */
  readonly forLeases: Kysely<Tables>;
  readonly dialect: Dialect;
  /** What an error of the database means for the operator; undefined: it is a bug of ours. */
  fault(error: unknown): StoreFault | undefined;
  close(): Promise<void>;
}

/** Makes a value of what the database fails with. */
export async function asResult<T>(base: Base, ask: () => Promise<T>): Promise<Result<T, StoreFault>> {
  try {
    return succeed(await ask());
  } catch (error) {
    const fault = base.fault(error);
    if (fault === undefined) throw error;
    return fail(fault);
  }
}

export function refused(reason: string): StoreFault {
  return { kind: "refused", reason };
}

export function unavailable(reason: string): StoreFault {
  return { kind: "unavailable", reason };
}
