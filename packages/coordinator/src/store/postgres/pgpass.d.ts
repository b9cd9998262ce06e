/** The part of pgpass 1.0.5 that this room uses; it has no types of its own. */
declare module "pgpass" {
  import type { ClientConfig } from "pg";

  /** Looks for a connection's password in `PGPASSFILE` or `~/.pgpass`; undefined: there is none for it. */
  export default function pgPass(
    connection: ClientConfig,
    callback: (password: string | undefined) => void,
  ): void;
}
