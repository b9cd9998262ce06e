import { refused, unavailable } from "../base.ts";
import type { StoreFault } from "../store.ts";
import type { ServerName } from "./postgres-faults.ts";

const OLDEST = 15;

/** What PostgreSQL says of itself. */
export interface Server {
  /** Such as "15.14 (Debian 15.14-0+deb12u1)". */
  readonly version: string;
  readonly encoding: string;
  readonly standby: boolean;
}

/** Why it cannot have the store; undefined: it can. */
export function serverFault({ server, database }: ServerName, said: Server): StoreFault | undefined {
  if (Number.parseInt(said.version, 10) < OLDEST)
    return refused(
      `PostgreSQL at ${server} is of version ${said.version}; the store needs ${OLDEST} or newer`,
    );
  if (said.encoding !== "UTF8")
    return refused(
      `the database ${database} at ${server} has the encoding ${said.encoding}, in which not all output can be kept; ` +
        "make another: createdb --encoding=UTF8 --template=template0 NAME",
    );
  if (said.standby)
    return unavailable(`PostgreSQL at ${server} takes no changes: it is a standby; name the primary`);
  return undefined;
}
