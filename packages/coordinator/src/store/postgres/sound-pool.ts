import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from "kysely";
import pg from "pg";

/** Bounds of what is waited for; milliseconds. */
const CONNECT_MS = 5_000;
const STATEMENT_MS = 10_000;
/** When the server does not say itself that a statement takes too long, it is gone. */
const ANSWER_MS = 15_000;
const CONNECTIONS = 8;

/** PostgreSQL's type bigint, which pg gives as text; numbers of ours are all below 2^53. */
const BIGINT = pg.types.builtins.INT8;

/** What is said to be written is on the disk, and on the standby where there is one, whatever is usual there. */
const COMMIT_SAFELY = `select set_config('synchronous_commit', 'on', false)
  where current_setting('synchronous_commit') in ('off', 'local')`;

export interface PoolOptions {
  readonly connections?: number;
  /** 0: no bound, for a change of the tables takes as long as it takes. */
  readonly statementMs?: number;
}

/**
 * Connections to the database at a URL: a bounded number, and none is waited for without a bound. One on which a
 * statement has failed by anything but the server's word is not used again, since its answer may still come.
 */
export class SoundPool implements PostgresPool {
  readonly #pool: pg.Pool;
  /** Of each connection the same one: by it Kysely knows it again. */
  readonly #clients = new WeakMap<pg.PoolClient, SoundClient>();

  constructor(url: string, { connections, statementMs = STATEMENT_MS }: PoolOptions) {
    this.#pool = new pg.Pool({
      connectionString: url,
      application_name: "rr-coordinator",
      max: connections ?? CONNECTIONS,
      connectionTimeoutMillis: CONNECT_MS,
      keepAlive: true,
      statement_timeout: statementMs,
      idle_in_transaction_session_timeout: STATEMENT_MS,
      ...(statementMs === 0 ? {} : { query_timeout: ANSWER_MS }),
      types: {
        getTypeParser: (type, format) =>
          type === BIGINT ? Number : (pg.types.getTypeParser(type, format) as (text: string) => unknown),
      },
    });
    // A connection that breaks between two statements says so here, and the next statement on it fails.
    this.#pool.on("connect", (client) => client.on("error", () => undefined));
    this.#pool.on("error", () => undefined);
  }

  async connect(): Promise<PostgresPoolClient> {
    const client = await this.#pool.connect();
    const known = this.#clients.get(client);
    if (known !== undefined) return known;
    const sound = new SoundClient(client);
    try {
      await sound.query(COMMIT_SAFELY, []);
    } catch (error) {
      sound.release();
      throw error;
    }
    this.#clients.set(client, sound);
    return sound;
  }

  async end(): Promise<void> {
    await this.#pool.end();
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
