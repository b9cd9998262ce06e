import { describe, expect, it } from "vitest";
import { expandHosts } from "../../../src/index.ts";
import { problemOf } from "../hosts.ts";

type Case = readonly [expression: string, column: number, length: number, message: string];

const WILDCARD = "wildcards are not supported: there is no list of all hosts to match against";
const WHITE_SPACE = "white space between hosts";

const SECTIONS: Readonly<Record<string, readonly Case[]>> = {
  "what other tools know is refused by name": [
    ["db*", 3, 1, WILDCARD],
    ["db?!db1", 3, 1, WILDCARD],
    ["@*", 1, 2, "there is no group @*"],
    ["db1,@@rack", 5, 6, '"@@source" (all groups of a source) is not supported'],
    ["db1,@rack:a[1-2]", 5, 12, "there is no group @rack:a1"],
    ["@rack:*", 1, 7, "there is no group @rack:*"],
    ["@rack:a*", 8, 1, WILDCARD],
    ["@rack:", 1, 6, 'a group\'s name is missing after ":"'],
    ["@:a", 1, 3, 'a source\'s name is missing before ":"'],
    ["@a:b:c", 5, 1, '":" cannot stand in a host name'],
    ["db[1-3]{a,b}", 8, 1, "there is no brace expansion"],
    ["(db1,db2)!db1", 1, 1, "there are no parentheses: operators apply strictly from left to right"],
    ["db[-3]", 4, 2, "negative numbers are not supported"],
    ["db[1--3]", 4, 4, "negative numbers are not supported"],
    ["db[1–3]", 4, 3, "a typographic dash"],
    ["db–1", 3, 1, "a typographic dash"],
    ["'db1'", 1, 1, "a quotation mark inside a host expression"],
    ["10.0.0.0/24", 9, 1, '"/" belongs inside brackets, before a step: db[1-9/2]'],
  ],
  "white space stands only around the expression and in brackets": [
    ["db1 db2", 4, 1, WHITE_SPACE],
    ["db1, db2", 5, 1, WHITE_SPACE],
    ["db1 ,db2", 4, 1, WHITE_SPACE],
    ["db1\ndb2", 4, 1, WHITE_SPACE],
    ["db1,@ db", 6, 1, WHITE_SPACE],
    ["db\u00a01", 3, 1, WHITE_SPACE],
    ["db[1 2]", 4, 3, "white space between numbers"],
  ],
  "operators stand between two operands": [
    ["", 1, 1, "the host expression is empty"],
    [" \t", 1, 1, "the host expression is empty"],
    [",", 1, 1, 'a host or a group is missing before ","'],
    ["!db1", 1, 1, 'a host or a group is missing before "!"'],
    ["  &db1", 3, 1, 'a host or a group is missing before "&"'],
    ["db1!!db2", 5, 1, 'a host or a group is missing before "!"'],
    ["db1^ ", 4, 1, 'a host or a group is missing after "^"'],
  ],
  "brackets hold numbers": [
    ["fe1,db[1-3", 7, 1, 'this "[" is never closed'],
    ["db1-3],fe[", 6, 1, 'this "]" closes no bracket'],
    ["db[1-[2]]", 4, 4, "brackets cannot stand in brackets"],
    ["db[]", 4, 1, "a number is missing"],
    ["db[,1]", 4, 1, "a number is missing"],
    ["db[1, ]", 7, 1, "a number is missing"],
    ["db[1-]", 4, 2, '"1-" lacks its last number'],
    ["db[7,1-5/]", 6, 4, '"1-5/" lacks its last number'],
    ["db[5-1]", 4, 3, "the range 5-1 runs backwards"],
    ["db[01-100]", 4, 6, "the ends of 01-100 are padded to different widths"],
    ["db[1-03]", 4, 4, "the ends of 1-03 are padded to different widths"],
    ["db[1-5/0]", 4, 5, "a step of 0"],
    ["db[1-5/-1]", 4, 6, "a negative step"],
    ["db[3/2]", 4, 3, "a step on a single number"],
    ["db[1,a-c]", 6, 3, '"a-c" is not a range of numbers'],
    ["db[１]", 4, 1, '"１" is not a range of numbers'],
  ],
  "names are host names": [
    ["-oProxyCommand", 1, 14, 'the host name "-oProxyCommand" begins with "-"'],
    ["fe1,root@-[1-2]", 10, 6, 'the host name "-2" begins with "-"'],
    ["db1;reboot", 4, 1, '";" cannot stand in a host name'],
    ["$(id)", 1, 1, '"$" cannot stand in a host name'],
    ["db1|db2", 4, 1, '"|" cannot stand in a host name'],
    ["dbé1", 3, 1, '"é" (U+00E9) cannot stand in a host name'],
    ["db😀1", 3, 2, '"😀" (U+1F600) cannot stand in a host name'],
    ["db\u200b1", 3, 1, "U+200B cannot stand in a host name"],
    ["db\u001b[1]", 3, 1, "U+001B cannot stand in a host name"],
    ["..", 1, 2, 'the host name ".." has an empty part before a "."'],
    ["fe1,db..x", 5, 5, 'the host name "db..x" has an empty part before a "."'],
    ["db%x", 3, 1, '"%" belongs to the zone of an IPv6 address'],
    ["10.0.0.[250-260]", 1, 16, '"10.0.0.260" is not an IPv4 address'],
    ["10.0.0.[300,101]", 1, 16, '"10.0.0.300" is not an IPv4 address'],
    ["10.0.0.[08-12]", 1, 14, '"10.0.0.08" is not an IPv4 address'],
    ["n".repeat(254), 1, 254, "a name of more than 253 characters"],
    [
      `${"n".repeat(250)}[1-9999]`,
      1,
      258,
      `the host name "${"n".repeat(40)}…nnnnnnnn9999" has 254 characters`,
    ],
  ],
  "addresses and ports": [
    ["db1:", 4, 1, 'a port is missing after ":"'],
    ["db1:0", 4, 2, '":0" is not a port'],
    ["db1:65536", 4, 6, '":65536" is not a port'],
    ["db1:022", 4, 4, '":022" is not a port'],
    ["db1:ssh", 4, 4, '":ssh" is not a port'],
    ["db1:[22-23]", 4, 8, '":[22-23]" is not a port'],
    ["[::1]22", 6, 2, '"22" is not a port'],
    [":22", 1, 3, "the host's name is missing"],
    ["db1:22:33", 1, 9, '"db1:22:33" is not an IPv6 address'],
    ["2001:db8::[9999-10000]", 1, 22, '"2001:db8::10000" is not an IPv6 address'],
    ["1:2:3:4:5:6:7::8", 1, 16, '"1:2:3:4:5:6:7::8" is not an IPv6 address'],
    ["fe80::1%", 1, 8, '"fe80::1%" is not an IPv6 address'],
    ["::ffff:10.0.0.[1-256]", 1, 21, '"::ffff:10.0.0.256" is not an IPv6 address'],
  ],
  users: [
    ["root@", 5, 1, 'a host is missing after "@"'],
    ["fe1,-l@db1", 5, 2, 'the user name begins with "-"'],
    ["root@@db", 1, 5, "a user cannot be given to a group"],
    ["root:secret@db1", 1, 11, 'the user name holds a ":"'],
    ["a[1-2]@db1", 1, 6, '"a[1-2]" is not a user name'],
    ["a;id@db1", 1, 4, '"a;id" is not a user name'],
    ["a\u202eb@db1", 1, 3, '"a�b" is not a user name'],
    ["a\\@db1", 1, 2, '"a\\" is not a user name'],
    [`${"a".repeat(256)}@db1`, 1, 256, "the user name has 256 characters"],
    ["@db@x", 4, 1, '"@" cannot stand in a host name'],
  ],
};

describe.each(Object.entries(SECTIONS))("%s", (_, cases) => {
  it.each(cases)("%j", (expression, column, length, message) => {
    expect(problemOf(expandHosts(expression))).toMatchObject({ column, length, message });
  });
});

it("never shows a password", () => {
  expect(JSON.stringify(expandHosts("root:secret@db1"))).not.toContain("secret");
});
