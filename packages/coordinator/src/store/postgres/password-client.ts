import pg from "pg";
import pgPass from "pgpass";

/** A client that finds its password in `PGPASSFILE` or `~/.pgpass` where it is told none, anew each time it connects. */
export class PasswordClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    // pg's own look at that file is to go away, and says so on stderr.
    const client = this as { password?: unknown };
    client.password ??= (connection: pg.ClientConfig) =>
      new Promise<string | undefined>((resolve) => pgPass(connection, resolve));
  }
}
