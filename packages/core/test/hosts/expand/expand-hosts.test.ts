import { describe, expect, it } from "vitest";
import { expandHosts } from "../../../src/index.ts";
import { hostsOf, problemOf } from "../hosts.ts";

const expand = (expression: string): readonly string[] => hostsOf(expandHosts(expression));

describe("order", () => {
  it("is that of first appearance, repeats dropped", () => {
    expect(expand("fe2,db[3,1-2],fe[1-2],db1")).toEqual(["fe2", "db3", "db1", "db2", "fe1"]);
  });

  it("drops repeats that only two brackets together make", () => {
    expect(expand("n[1,11][1,11]")).toEqual(["n11", "n111", "n1111"]);
    expect(expand("n[1,11]1[1,11]")).toEqual(["n111", "n1111", "n11111"]);
    expect(expand("n[1-3,3,2-4]")).toEqual(["n1", "n2", "n3", "n4"]);
  });

  it("runs the last bracket fastest", () => {
    expect(expand("r[2,1]n[1-2]x")).toEqual(["r2n1x", "r2n2x", "r1n1x", "r1n2x"]);
  });

  it("puts a host that was taken out and named again at its new place", () => {
    expect(expand("db[1-3]!db1,db1")).toEqual(["db2", "db3", "db1"]);
  });

  it("keeps that of the left side under & and ^", () => {
    expect(expand("db[3,2,1]&db[1-2]")).toEqual(["db2", "db1"]);
    expect(expand("db[3,2,1]^db[5,2,4]")).toEqual(["db3", "db1", "db5", "db4"]);
  });
});

describe("numbers", () => {
  it("are right beyond 64 bits, also as steps", () => {
    expect(expand("db[18446744073709551615-18446744073709551616]")).toEqual([
      "db18446744073709551615",
      "db18446744073709551616",
    ]);
    expect(expand("n[0-20000000000000000000/9999999999999999999]")).toEqual([
      "n0",
      "n9999999999999999999",
      "n19999999999999999998",
    ]);
    expect(expand("n[5-7/99999999999999999999]")).toEqual(["n5"]);
  });

  it("keep their padding also where doubles end", () => {
    expect(expand("n[009007199254740991-009007199254740993]")).toEqual([
      "n009007199254740991",
      "n009007199254740992",
      "n009007199254740993",
    ]);
  });

  it("stand with blanks around them", () => {
    expect(expand("\t db[ 1 - 5 / 2 , 7 ] \r\n")).toEqual(["db1", "db3", "db5", "db7"]);
  });
});

describe("users and ports", () => {
  it("are read apart from the name", () => {
    const expanded = expandHosts("root@db[1-2]:2222,fe1");
    expect(expanded).toEqual({
      ok: true,
      value: [
        { name: "db1", user: "root", port: 2222 },
        { name: "db2", user: "root", port: 2222 },
        { name: "fe1" },
      ],
    });
  });

  it.each(["alice@corp.example.com@db1", "CORP\\alice@db1", "müller@db1", "a+b=c%d~e$@db1"])(
    "take user names that ssh takes: %s",
    (expression) => {
      expect(expand(expression)).toEqual([expression]);
    },
  );

  it("do not count when hosts are taken out", () => {
    expect(expand("root@db[1-3]:22!db2")).toEqual(["root@db1:22", "root@db3:22"]);
    expect(expand("db[1-3]!root@db2")).toEqual(["db1", "db3"]);
    expect(expand("root@db[1-3]^db2")).toEqual(["root@db1", "root@db3"]);
    expect(expand("root@db[1-3]&db2")).toEqual(["root@db2"]);
  });

  it.each([
    ["db1,root@db1", 5, "the host db1 is named twice, as db1 and as root@db1"],
    ["db1:22,db[2,1]:23", 8, "the host db1 is named twice, as db1:22 and as db1:23"],
    ["a@db1&b@db1", 7, "the host db1 is named twice, as a@db1 and as b@db1"],
  ])("are one for each host: %s", (expression, column, message) => {
    expect(problemOf(expandHosts(expression))).toMatchObject({ column, message });
  });

  it("may be named twice when they agree", () => {
    expect(expand("root@db1:22,root@db[1-2]:22")).toEqual(["root@db1:22", "root@db2:22"]);
  });
});

describe("IPv6 literals", () => {
  it.each([
    ["2001:db8::[1-2]", ["2001:db8::1", "2001:db8::2"]],
    ["[1-2]::1", ["1::1", "2::1"]],
    ["::ffff:10.0.0.[1-2]", ["::ffff:10.0.0.1", "::ffff:10.0.0.2"]],
    ["fe80::1%eth[0-1]", ["fe80::1%eth0", "fe80::1%eth1"]],
    ["[::1]", ["::1"]],
    ["root@[2001:db8::[1-2]%br-lan]:22", ["root@[2001:db8::1%br-lan]:22", "root@[2001:db8::2%br-lan]:22"]],
    ["[[1-2]::1]:22", ["[1::1]:22", "[2::1]:22"]],
  ])("%s", (expression, hosts) => {
    expect(expand(expression)).toEqual(hosts);
  });
});

describe("an empty set", () => {
  it("is a problem of the whole expression", () => {
    const problem = problemOf(expandHosts("db[1-3]!db[1-9]"));
    expect(problem).toMatchObject({ column: 1, length: 15, isEmpty: true });
  });

  it("is allowed on request, an empty expression never", () => {
    expect(expandHosts("db[1-3]!db[1-9]", { allowEmpty: true })).toEqual({ ok: true, value: [] });
    expect(problemOf(expandHosts(" ", { allowEmpty: true })).message).toBe("the host expression is empty");
  });
});
