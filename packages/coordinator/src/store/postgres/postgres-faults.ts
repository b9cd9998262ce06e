import pg from "pg";
import { refused, unavailable } from "../base.ts";
import type { StoreFault } from "../store.ts";

/** Where a store is, without a password. */
export interface ServerName {
  /** "HOST:PORT" or a folder with a socket. */
  readonly server: string;
  readonly database: string;
  readonly user: string;
}

/** What an error on the way to PostgreSQL, or of it, means for the operator; undefined: it is a bug of ours. */
export function postgresFault(at: ServerName, error: unknown): StoreFault | undefined {
  return error instanceof pg.DatabaseError ? ofServer(at, error) : ofWay(at, error);
}

/** Errors of Node's sockets, TLS and of pg itself. */
function ofWay({ server }: ServerName, error: unknown): StoreFault | undefined {
  if (!(error instanceof Error) || error instanceof TypeError || error instanceof RangeError)
    return undefined;
  const { code = "", message } = error as NodeJS.ErrnoException;
  switch (code) {
    case "ECONNREFUSED":
    case "ENOENT":
      return unavailable(`no PostgreSQL listens at ${server}; start it, or name the right one`);
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return unavailable(
        `the name of PostgreSQL's server at ${server} is not known just now; see to the name service`,
      );
    case "EACCES":
      return refused(
        `this user may not open the socket of PostgreSQL at ${server}; see its unix_socket_permissions`,
      );
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
    case "CERT_HAS_EXPIRED":
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return refused(
        `the certificate of PostgreSQL at ${server} is not trusted (${message}); name its authority: sslrootcert=FILE`,
      );
  }
  if (message.includes("does not support SSL"))
    return refused(`PostgreSQL at ${server} speaks no TLS, which the URL asks for; turn it on there`);
  if (/SASL|password must be a string|Unknown authenticat/i.test(message))
    return refused(
      `PostgreSQL at ${server} wants a password, and none that fits is given; put it into ~/.pgpass or PGPASSWORD`,
    );
  if (WAITED.test(message))
    return unavailable(
      `PostgreSQL at ${server} does not answer in time (${message}); see what it is busy with`,
    );
  if (CLOSED.test(message))
    return unavailable(`the store in PostgreSQL at ${server} is closed; nothing more is asked of it`);
  if (code !== "" || CUT.test(message))
    return unavailable(
      `the connection to PostgreSQL at ${server} failed (${code || message}); see whether it runs`,
    );
  return undefined;
}

const CLOSED = /after calling end on the pool|already been destroyed/;
const WAITED = /timeout/i;
const CUT = /Connection terminated|not queryable|connection (is|was) closed|socket|stream/i;

/** Its SQLSTATE says which; the detail of an error may quote what a host has printed, and is not told. */
function ofServer(at: ServerName, error: pg.DatabaseError): StoreFault | undefined {
  const { server, database, user } = at;
  const { code = "", message } = error;
  switch (code) {
    case "28P01":
    case "28000":
      return refused(
        `PostgreSQL at ${server} does not let ${user} in (${message}); see the password (~/.pgpass, PGPASSWORD) and its pg_hba.conf`,
      );
    case "3D000":
      return refused(
        `PostgreSQL at ${server} has no database ${database}; make it: createdb --encoding=UTF8 --template=template0 ${database}`,
      );
    case "42501":
      return refused(
        `${user} may not do that in database ${database} at ${server} (${message}); ` +
          `let it make its schema: GRANT CREATE ON DATABASE ${database} TO ${user}`,
      );
    case "42P01":
    case "3F000":
    case "42703":
      return refused(
        `the tables of the store in database ${database} at ${server} have been changed or removed (${message}); restore a backup`,
      );
    case "53100":
      return unavailable(`PostgreSQL at ${server} has no room left on its disk; make room there`);
    case "53300":
      return unavailable(
        `PostgreSQL at ${server} has no connection left for ${user}; raise its max_connections, or close others`,
      );
    case "57014":
    case "55P03":
      return unavailable(`PostgreSQL at ${server} is too slow (${message}); see what it is busy with`);
    case "57P03":
      return unavailable(
        `PostgreSQL at ${server} takes no connections just now (${message}); wait until it does`,
      );
    case "25006":
      return unavailable(
        `PostgreSQL at ${server} takes no changes (${message}): it is a standby, or was made read-only; name the primary`,
      );
    case "54000":
      return refused(
        `PostgreSQL at ${server} takes no text of more than a GB (${message}); make the run smaller`,
      );
  }
  // Resources, the operator's hand, its disk, a connection that is lost, another transaction: all of them may pass.
  if (/^(?:08|25P0[34]|40|53|57|58)/.test(code))
    return unavailable(`PostgreSQL at ${server} could not do it (${code}: ${message}); see its log`);
  if (/^(?:28|3D|XX)/.test(code))
    return refused(`PostgreSQL at ${server} refuses (${code}: ${message}); see its log`);
  return undefined;
}
