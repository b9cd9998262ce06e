import { expect, it } from "vitest";
import { shownPassword } from "../../src/options/shown-password.ts";

it.each([
  "postgres://rr:s3cret@db/rr",
  "postgresql://rr:x@db:5433/rr?sslmode=require",
  "postgres://db/rr?user=rr&password=x",
])("refuses %s on a command line, without saying it again", (url) => {
  expect(shownPassword(url)).toMatch(/~\/\.pgpass \(mode 0600\)/);
  expect(shownPassword(url)).not.toMatch(/s3cret/);
});

it.each([
  undefined,
  "/var/lib/rr/a:b@c",
  "store.db",
  "postgres://rr@db/rr",
  "postgres:///rr?host=/run/postgresql",
])("takes %s", (store) => {
  expect(shownPassword(store)).toBeUndefined();
});
