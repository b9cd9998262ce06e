import type { Kysely } from "kysely";
import type { Dialect } from "../base.ts";
import { toVersion1 } from "./version-1.ts";
import { toVersion2 } from "./version-2.ts";

/** Makes the tables of one version from those of the one before; the first from nothing. */
export type Step = (db: Kysely<unknown>, dialect: Dialect) => Promise<void>;

/** What is here has been in somebody's store since it was released, and is never changed. */
export const VERSIONS: readonly Step[] = [toVersion1, toVersion2];
