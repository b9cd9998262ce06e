import { expect, it } from "vitest";
import { serverFault } from "../../src/store/postgres/server-fault.ts";

it("a PostgreSQL serves from version 15 on", () => {
  const at = { server: "db:5432", database: "rr", user: "rr" };
  const fault = (version: string) => serverFault(at, { version, encoding: "UTF8", standby: false });
  expect(fault("14.19 (Debian 14.19-1)")).toEqual({
    kind: "refused",
    reason: "PostgreSQL at db:5432 is of version 14.19 (Debian 14.19-1); the store needs 15 or newer",
  });
  for (const version of ["15.14 (Debian 15.14-0+deb12u1)", "18beta1", "100.1"])
    expect(fault(version)).toBeUndefined();
});
