import { chownSync, mkdirSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import pg from "pg";
import { bareEnv, startChild, type ChildProgram } from "./child-program.ts";
import { findFreePort } from "./free-port.ts";
import { findDescendants } from "./processes-of.ts";
import { findProgram } from "./programs.ts";
import { makeTempDir, type TempDir } from "./temp-dir.ts";
import { until, within } from "./until.ts";

const ADDRESS = "127.0.0.1";
const SUPERUSER = "admin";
const PASSWORD = "s3cret word@";
const PORT_ATTEMPTS = 5;
/** PostgreSQL does not run as root; a user of its own is Debian's, nobody is everywhere. */
const USERS = ["postgres", "nobody"];

export interface Postgres {
  readonly port: number;
  readonly address: string;
  /** Of the server's first process. */
  readonly pid: number;
  /** Where its data are. */
  readonly folder: string;
  /** Of the user that it runs as. */
  readonly uid: number;
  /** Role and password that may do all. */
  readonly user: string;
  readonly password: string;
  /** A URL of this database as the superuser, or as another role without a password. */
  url(database: string, role?: string): string;
  /** Makes a database of its own for a test; its URL. */
  makeDatabase(options?: { readonly encoding?: string }): Promise<string>;
  /** One statement as the superuser, in database `postgres` or another. */
  ask(sql: string, database?: string): Promise<readonly Record<string, unknown>[]>;
  log(): string;
  /** As an operator does: open transactions are rolled back. */
  stop(): Promise<void>;
  /** kill -9 of all its processes, as when its box loses power; with `fsync` what was committed is there afterwards. */
  kill(): Promise<void>;
  /** SIGSTOP of all its processes: connections stay, nothing is answered. */
  pause(): void;
  /** SIGCONT */
  continue(): void;
  /** Starts it again with the same data on the same port, stopping it first if it runs. */
  restart(): Promise<void>;
  /** Stops it, and removes its data. */
  remove(): Promise<void>;
}

export interface PostgresOptions {
  /** Whether what is committed is forced to the disk; default: no, for speed. */
  readonly fsync?: boolean;
  /** Further settings, `NAME=VALUE`. */
  readonly settings?: readonly string[];
  /** Where its data are; default: a folder of its own. */
  readonly folder?: string;
}

/** Starts a real PostgreSQL with a fresh cluster, and returns when it answers. */
export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  const dir = makeTempDir("postgres");
  const data = join(options.folder ?? dir.path, "data");
  mkdirSync(data, { mode: 0o700 });
  const user = otherUser();
  if (user !== undefined) for (const path of [dir.path, data]) chownSync(path, user.uid, user.gid);
  initialise(findProgram("initdb"), data, user);
  const settings = [
    `fsync=${options.fsync === true ? "on" : "off"}`,
    "shared_buffers=16MB",
    "max_wal_size=256MB",
    `listen_addresses=${ADDRESS}`,
    "unix_socket_directories=",
    // In its own folder, so that nothing of it stays when it is killed.
    "dynamic_shared_memory_type=mmap",
    "log_min_messages=fatal",
    "max_connections=60",
    ...(options.settings ?? []),
  ];
  const start = (port: number) => startOn(findProgram("postgres"), data, port, settings, user);
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort(ADDRESS);
    try {
      return new RunningPostgres(
        await start(port),
        port,
        start,
        dir,
        data,
        user?.uid ?? process.getuid?.() ?? 0,
      );
    } catch (error) {
      const taken = error instanceof Error && error.message.includes("could not bind");
      if (!taken || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

/** Undefined: this user will do. */
function otherUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of USERS) {
    const [uid, gid] = ["-u", "-g"].map((what) => spawnSync("id", [what, name], { encoding: "utf8" }));
    if (uid?.status === 0 && gid?.status === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  }
  throw new Error(`PostgreSQL does not run as root, and there is neither of the users ${USERS.join(", ")}`);
}

function initialise(initdb: string, data: string, user: User | undefined): void {
  const word = join(dirname(data), "password");
  writeFileSync(word, PASSWORD);
  const args = [
    `--pgdata=${data}`,
    `--username=${SUPERUSER}`,
    "--auth=scram-sha-256",
    `--pwfile=${word}`,
    "--encoding=UTF8",
    "--locale=C",
    "--no-sync",
  ];
  const { status, stderr } = spawnSync(initdb, args, {
    ...user,
    cwd: data,
    env: bareEnv,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`initdb did not make a cluster: ${stderr}`);
}

async function startOn(
  program: string,
  data: string,
  port: number,
  settings: readonly string[],
  user: User | undefined,
): Promise<ChildProgram> {
  const args = ["-D", data, "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])];
  // A change of user undoes the tie to this process, so it is made anew.
  const child =
    user === undefined
      ? startChild(program, args, { cwd: data })
      : startChild(
          findProgram("setpriv"),
          [
            `--reuid=${user.uid}`,
            `--regid=${user.gid}`,
            "--clear-groups",
            "--pdeathsig=KILL",
            "--",
            program,
            ...args,
          ],
          { cwd: data },
        );
  try {
    await until("PostgreSQL to answer", async () => {
      if (!child.running) throw new Error("it ended");
      return question(urlOf(port, "postgres"), "select 1").catch(() => undefined);
    });
    return child;
  } catch (error) {
    await child.kill();
    const why = error instanceof Error ? error.message : "";
    throw new Error(`PostgreSQL did not start on port ${port}: ${why}\n${child.output()}`, { cause: error });
  }
}

function urlOf(port: number, database: string, role?: string): string {
  const who = role ?? `${SUPERUSER}:${encodeURIComponent(PASSWORD)}`;
  return `postgres://${who}@${ADDRESS}:${port}/${database}`;
}

async function question(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  // A server that is killed says so twice.
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

class RunningPostgres implements Postgres {
  readonly port: number;
  readonly folder: string;
  readonly uid: number;
  readonly address = ADDRESS;
  readonly user = SUPERUSER;
  readonly password = PASSWORD;
  readonly #start: (port: number) => Promise<ChildProgram>;
  readonly #dir: TempDir;
  #child: ChildProgram;
  #made = 0;

  constructor(
    child: ChildProgram,
    port: number,
    start: (port: number) => Promise<ChildProgram>,
    dir: TempDir,
    folder: string,
    uid: number,
  ) {
    this.folder = folder;
    this.uid = uid;
    this.#child = child;
    this.port = port;
    this.#start = start;
    this.#dir = dir;
  }

  get pid(): number {
    return this.#child.pid;
  }

  url(database: string, role?: string): string {
    return urlOf(this.port, database, role);
  }

  async makeDatabase({ encoding = "UTF8" } = {}): Promise<string> {
    this.#made += 1;
    const name = `test_${this.#made}`;
    await this.ask(`create database ${name} encoding '${encoding}' template template0`);
    return this.url(name);
  }

  ask(sql: string, database = "postgres"): Promise<readonly Record<string, unknown>[]> {
    return question(this.url(database), sql);
  }

  log(): string {
    return this.#child.output();
  }

  async stop(): Promise<void> {
    this.continue();
    // SIGTERM would wait until all clients have gone.
    this.#child.signal("SIGINT");
    await within("PostgreSQL to end", this.#child.exited);
  }

  async kill(): Promise<void> {
    this.#signalAll("SIGKILL");
    await this.#child.kill();
  }

  pause(): void {
    this.#signalAll("SIGSTOP");
  }

  continue(): void {
    this.#signalAll("SIGCONT");
  }

  async restart(): Promise<void> {
    if (this.#child.running) await this.stop();
    this.#child = await this.#start(this.port);
  }

  async remove(): Promise<void> {
    if (this.#child.running) await this.stop();
    this.#dir.remove();
  }

  /** Its first process first, so that it starts no others meanwhile. */
  #signalAll(signal: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void {
    if (!this.#child.running) return;
    const all = [this.#child.pid, ...findDescendants(this.#child.pid).map(({ pid }) => pid)];
    for (const pid of all)
      try {
        process.kill(pid, signal);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
      }
  }
}
