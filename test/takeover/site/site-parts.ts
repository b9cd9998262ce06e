import { chmodSync } from "node:fs";
import { join } from "node:path";
import { writeSshFiles } from "../../faults/fault-parts.ts";
import { SitePage } from "../../faults/site-page.ts";
import { startGearmand, type Gearmand } from "../../support/gearmand.ts";
import { startPostgres, type Postgres } from "../../support/postgres.ts";
import type { Sshd } from "../../support/sshd.ts";
import { makeTempDir, type TempDir } from "../../support/temp-dir.ts";
import { Operators } from "../signed/operators.ts";
import { StoreDisk } from "./store-disk.ts";

/** Paths of the programs. */
export interface Programs {
  readonly coordinator: string;
  readonly worker: string;
}

export interface TakeoverSiteOptions {
  readonly sshd: Sshd;
  readonly hosts: readonly string[];
  readonly coordinators: number;
  readonly workers: number;
  readonly programs: Programs;
  /** Workers take what operators have signed alone. */
  readonly signed: boolean;
}

/** What there is before coordinators and workers. */
export interface Parts {
  readonly temp: TempDir;
  readonly disk: StoreDisk;
  readonly gearmand: Gearmand;
  readonly postgres: Postgres;
  readonly url: string;
  readonly page: SitePage;
  /** Absent: nobody signs anything. */
  readonly operators: Operators | undefined;
}

const DISK_MB = 256;

export async function startParts({ sshd, hosts, coordinators, signed }: TakeoverSiteOptions): Promise<Parts> {
  const temp = makeTempDir("takeover");
  // PostgreSQL's user goes through it.
  chmodSync(temp.path, 0o711);
  const disk = new StoreDisk(join(temp.path, "disk"), DISK_MB);
  writeSshFiles(temp.path, { sshd, hosts, port: sshd.port });
  const [gearmand, page, postgres] = await Promise.all([
    startGearmand(),
    SitePage.start(),
    startPostgres({ folder: disk.path, fsync: true, settings: ["max_wal_size=64MB", "min_wal_size=32MB"] }),
  ]);
  const operators = signed ? new Operators(hosts, coordinators) : undefined;
  return { temp, disk, gearmand, postgres, page, url: await postgres.makeDatabase(), operators };
}
