import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findFreePort } from "../support/free-port.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startPostgres, type Postgres } from "../support/postgres.ts";
import { faultOf, refused, unavailable } from "./postgres-ground.ts";

failOnLeftovers();

let postgres: Postgres;
let server: string;

beforeAll(async () => {
  postgres = await startPostgres();
  server = `127.0.0.1:${postgres.port}`;
});
afterAll(async () => {
  await postgres.remove();
});

describe("PostgreSQL is not opened as a store", () => {
  it("where nobody listens", async () => {
    const port = await findFreePort();
    const url = new URL(postgres.url("postgres"));
    url.port = String(port);
    expect(await faultOf(postgres, url.href)).toEqual(
      unavailable(`no PostgreSQL listens at 127.0.0.1:${port}; start it, or name the right one`),
    );
    expect(await faultOf(postgres, "postgres://ada@/db?host=/nowhere")).toEqual(
      unavailable("no PostgreSQL listens at /nowhere:5432; start it, or name the right one"),
    );
    expect(await faultOf(postgres, "postgres://ada:pw@name.invalid/db")).toEqual(
      unavailable(
        "the name of PostgreSQL's server at name.invalid:5432 is not known just now; see to the name service",
      ),
    );
  });

  it("where somebody else listens, or says nothing", async () => {
    const silent = createServer((socket) => socket.on("error", () => undefined));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const bound = silent.address();
    const port = bound !== null && typeof bound === "object" ? bound.port : 0;
    expect(await faultOf(postgres, `postgres://ada@127.0.0.1:${port}/db`)).toEqual(
      unavailable(
        /^PostgreSQL at 127\.0\.0\.1:\d+ does not answer in time \(.*\); see what it is busy with$/,
      ),
    );
    silent.close();
  });

  it("with a wrong password, or none", async () => {
    const url = new URL(postgres.url("postgres"));
    url.password = "wrong-password";
    const fault = await faultOf(postgres, url.href);
    expect(fault).toEqual(
      refused(
        `PostgreSQL at ${server} does not let admin in (password authentication failed for user "admin"); ` +
          "see the password (~/.pgpass, PGPASSWORD) and its pg_hba.conf",
      ),
    );
    expect(await faultOf(postgres, postgres.url("postgres", "admin"))).toEqual(
      refused(
        `PostgreSQL at ${server} wants a password, and none that fits is given; put it into ~/.pgpass or PGPASSWORD`,
      ),
    );
  });

  it("with a URL that cannot be read, of which nothing is told", async () => {
    for (const url of [
      "postgres://ada:pass word@ho st:x/db",
      "postgres://ada:s3cret@host:99999999/db",
      "postgres://%",
    ])
      expect(await faultOf(postgres, url)).toEqual(
        refused(
          "the URL of PostgreSQL cannot be read; it is postgres://USER@HOST:5432/DATABASE, in it %40 for @",
        ),
      );
  });

  it("without its database", async () => {
    expect(await faultOf(postgres, postgres.url("nowhere"))).toEqual(
      refused(
        `PostgreSQL at ${server} has no database nowhere; make it: createdb --encoding=UTF8 --template=template0 nowhere`,
      ),
    );
  });

  it("in an encoding that cannot hold all", async () => {
    const url = await postgres.makeDatabase({ encoding: "LATIN1" });
    expect((await faultOf(postgres, url))?.reason).toMatch(
      `at ${server} has the encoding LATIN1, in which not all output can be kept; make another: createdb`,
    );
  });

  it("where the schema is another program's; its other schemas may be others'", async () => {
    const url = await postgres.makeDatabase();
    const name = new URL(url).pathname.slice(1);
    await postgres.ask("create table runs (mine int); create table versions (name text)", name);
    expect(await faultOf(postgres, url)).toBeUndefined();
    const others = await postgres.makeDatabase();
    const other = new URL(others).pathname.slice(1);
    const taken = refused(
      `the schema roadrunner of the database ${other} of PostgreSQL at ${server} belongs to another program; name another database`,
    );
    await postgres.ask("create schema roadrunner; create table roadrunner.runs (mine int)", other);
    expect(await faultOf(postgres, others)).toEqual(taken);
    await postgres.ask("create table roadrunner.versions as select 'begin' as name", other);
    expect(await faultOf(postgres, others)).toEqual(taken);
  });

  it("as a role that may not make the schema, but with one that is there", async () => {
    const name = new URL(await postgres.makeDatabase()).pathname.slice(1);
    await postgres.ask("create role weak login password 'weak'");
    const url = postgres.url(name, "weak:weak");
    expect((await faultOf(postgres, url))?.reason).toMatch(
      `weak may not do that in database ${name} at ${server} (permission denied for database ${name}); ` +
        `let it make its schema: GRANT CREATE ON DATABASE ${name} TO weak`,
    );
    await postgres.ask("create schema roadrunner authorization weak", name);
    expect(await faultOf(postgres, url)).toBeUndefined();
    await postgres.ask("alter role weak connection limit 0");
    expect(await faultOf(postgres, url)).toEqual(
      unavailable(
        `PostgreSQL at ${server} has no connection left for weak; raise its max_connections, or close others`,
      ),
    );
  });
});
