import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from "kysely";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { PasswordClient } from "./password-client.ts";

/** Bounds of what is waited for, milliseconds. */
export interface Waits {
  /** For a connection. */
  readonly connectMs: number;
  /** For a statement, by the server. */
  readonly statementMs: number;
  /** And by us: when the server does not say itself that it takes too long, it is gone. */
  readonly answerMs: number;
}

export const WAITS: Waits = { connectMs: 5_000, statementMs: 10_000, answerMs: 15_000 };

const CONNECTIONS = 7;
/** For the server to take leave of a connection. */
const LEAVE_MS = 1_000;
const LEAVE_LOOK_MS = 20;

/** PostgreSQL's type bigint, which pg gives as text; numbers of ours are all below 2^53. */
const BIGINT = pg.types.builtins.INT8;

/**
 * Connections to the database at a URL: a bounded number, and none is waited for without a bound. One on which a
 * statement has failed by anything but the server's word is not used again, since its answer may still come.
 */
export class SoundPool implements PostgresPool {
  readonly #pool: pg.Pool;
  /** Of each connection the same one: by it Kysely knows it again. */
  readonly #clients = new WeakMap<pg.PoolClient, SoundClient>();

  /** Those that the server has not yet taken leave of. */
  readonly #open = new Set<pg.Client>();
  readonly #statementMs: number;

  constructor(url: string, { connectMs, statementMs, answerMs }: Waits, connections = CONNECTIONS) {
    this.#statementMs = statementMs;
    this.#pool = new pg.Pool({
      Client: PasswordClient,
      connectionString: url,
      application_name: "rr-coordinator",
      max: connections,
      connectionTimeoutMillis: connectMs,
      keepAlive: true,
      query_timeout: answerMs,
      types: {
        getTypeParser: (type, format) =>
          type === BIGINT ? Number : (pg.types.getTypeParser(type, format) as (text: string) => unknown),
      },
    });
    // A connection that breaks between two statements says so here, and the next statement on it fails.
    this.#pool.on("connect", (client) => {
      client.on("error", () => undefined);
      this.#open.add(client);
      client.once("end", () => this.#open.delete(client));
    });
    this.#pool.on("error", () => undefined);
  }

  async connect(): Promise<PostgresPoolClient> {
    const client = await this.#pool.connect();
    const known = this.#clients.get(client);
    if (known !== undefined) return known;
    const sound = new SoundClient(client);
    try {
      // Not when it connects: poolers take no settings then. What is said to be written is on the disk, and on the
      // standby where there is one, whatever is usual there.
      await sound.query(
        `select set_config('statement_timeout', $1, false),
          set_config('idle_in_transaction_session_timeout', $1, false),
          set_config('synchronous_commit', case when usual in ('off', 'local') then 'on' else usual end, false)
        from current_setting('synchronous_commit') as usual`,
        [String(this.#statementMs)],
      );
    } catch (error) {
      sound.release();
      throw error;
    }
    this.#clients.set(client, sound);
    return sound;
  }

  async end(): Promise<void> {
    await this.#pool.end();
    // One that is suspended takes no leave.
    for (let waited = 0; this.#open.size > 0 && waited < LEAVE_MS; waited += LEAVE_LOOK_MS)
      await sleep(LEAVE_LOOK_MS);
    for (const client of this.#open) client.connection.stream.destroy();
  }
}

class SoundClient implements PostgresPoolClient {
  readonly #client: pg.PoolClient;
  #failed = false;

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  query: PostgresPoolClient["query"] = (async (text: string, parameters: readonly unknown[]) => {
    try {
      return (await this.#client.query(text, [...parameters])) as unknown as PostgresQueryResult<unknown>;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || error.severity !== "ERROR") this.#failed = true;
      throw error;
    }
  }) as PostgresPoolClient["query"];

  release(destroy = false): void {
    this.#client.release(destroy || this.#failed);
  }
}
