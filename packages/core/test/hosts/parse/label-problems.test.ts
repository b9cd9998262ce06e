import { describe, expect, it } from "vitest";
import { HostLabels } from "../../../src/hosts/expand/host-labels.ts";
import { expandHosts } from "../../../src/index.ts";
import { problemOf } from "../hosts.ts";

const racks = Array.from({ length: 12 }, (_, index) => `web${index + 1}`);
const labels = new HostLabels(
  new Map(
    racks.map((host, index) => [host, { labels: { rack: `r${index + 1}`, zone: index < 6 ? "eu" : "us" } }]),
  ),
);
const groups = new Map([
  ["web", "web[1-12]"],
  ["west", "@web{zone=us}"],
  ["bad", "@web{zone=nowhere}"],
  ["plain", "db1"],
]);

type Case = readonly [expression: string, column: number, length: number, message: string, hint?: string];

const SECTIONS: Readonly<Record<string, readonly Case[]>> = {
  "braces hold labels": [
    ["@web{rack=r1", 5, 1, 'this "{" is never closed', "@web{rack=r7}"],
    ["db1,@web}", 9, 1, 'this "}" closes no brace'],
    ["@web{}", 5, 2, "no label stands in the braces", "@web{rack=r7}"],
    ["@web{ }", 5, 3, "no label stands in the braces"],
    ["@web{rack=r1,}", 14, 1, "a label is missing"],
    ["@web{,rack=r1}", 6, 1, "a label is missing"],
    ["@web{rack}", 5, 1, "there is no brace expansion", "@web{rack=r7}"],
    ["@web{rack=r1,zone}", 14, 4, "the label zone has no value here", "such as zone=r7"],
    ["@web{rack=}", 6, 5, "the label rack has no value here"],
    ["@web{=r1}", 6, 3, "the name of a label is missing"],
    ["@web{ra ck=r1}", 6, 5, '"ra ck" is no name of a label'],
    ["@web{rack!=r1}", 10, 2, "labels are chosen by = alone, not by !=", "@web!@web{rack=…}"],
    ["@web{rack==r1}", 11, 1, '"=" cannot stand in a label\'s value'],
    [
      "@web{rack=r1,rack=r2}",
      14,
      4,
      "the label rack stands twice; a host has one value of it",
      "rack=r[7-8]",
    ],
    ["@web{rack=r1}{zone=eu}", 14, 1, 'braces stand behind "}" without an operator', "{rack=r7,zone=eu}"],
    ["@web{rack=r1}x", 14, 1, 'something stands behind "}" without an operator'],
    ["{rack=r1}", 1, 1, 'a host or a group is missing before "{"'],
    ["db1,{rack=r1}", 5, 1, 'a host or a group is missing before "{"'],
    ["@web{rack=r1},", 14, 1, 'a host or a group is missing after ","'],
    ["@webrack=r7", 9, 1, '"=" stands in braces only, behind a label: @web{rack=r7}', "in quotes"],
  ],
  "values are plain, or have ranges of numbers": [
    ["@web{rack='r1'}", 11, 1, "a quotation mark in a label's value", "values need no quotes"],
    ["@web{rack=r*}", 12, 1, "wildcards are not supported in a label's value", "rack=r[1-3]"],
    ["@web{rack=r1#}", 13, 1, '"#" cannot stand in a label\'s value'],
    ["@web{rack=r\u0007}", 12, 1, "U+0007 cannot stand in a label's value"],
    ["@web{rack=r\u202e}", 12, 1, "U+202E cannot stand in a label's value"],
    ["@web{ra\u001b[1m=r1}", 6, 6, '"ra�[1m" is no name of a label'],
    ["@web{rack=r[1-}", 12, 1, 'this "[" is never closed'],
    ["@web{rack=r1]}", 13, 1, '"]" cannot stand in a label\'s value'],
    ["@web{rack=r[3-1]}", 13, 3, "the range 3-1 runs backwards"],
    ["@web{rack=r[1-1000000]}", 11, 12, "1000000 values of one label; at most 100000 are looked for"],
    [
      `@web{rack=${"r".repeat(65)}}`,
      11,
      65,
      `the value "${"r".repeat(40)}…${"r".repeat(12)}" has 65 characters; a label's has at most 64`,
    ],
    ["@web{rack=a  b}", 12, 1, "white space in a label's value"],
    ["@web{rack=a\tb}", 12, 1, "white space in a label's value"],
  ],
  "hosts have them": [
    ["@web{rak=r1}", 6, 3, 'no host of @web has the label "rak"', 'did you mean "rack"?'],
    ["@web{shard=7}", 6, 5, 'no host of @web has the label "shard"', "their labels are rack, zone"],
    ["@plain{rack=r1}", 8, 4, 'no host of @plain has the label "rack"', "an inventory says which labels"],
    ["db1,web[1-3]{rack=r9}", 14, 7, "no host of web[1-3] has rack=r9", "there are r1, r2, r3"],
    ["@web{rack=R1}", 6, 7, "no host of @web has rack=R1", "did you mean r1?"],
    [
      "@web{rack=r99}",
      6,
      8,
      "no host of @web has rack=r99",
      "there are r1, r2, r3, r4, r5, r6, r7, r8, … (12)",
    ],
    ["@web{rack=r[11-13]}", 6, 13, "no host of @web has rack=r13"],
    ["@web{rack=r1,zone=us}", 6, 15, "no host of @web has all of these labels together: rack, zone"],
    ["@web,@bad", 6, 4, "in the group @bad, column 6: no host of @web has zone=nowhere", "there are eu, us"],
    ["@nosuch{rack=r1}", 1, 7, "there is no group @nosuch"],
    ["@west{zone=eu}", 7, 7, "no host of @west has zone=eu", "there is us"],
    ["web[1-9999999]{rack=r1}", 1, 14, "9999999 hosts; at most 1000000 are allowed"],
  ],
};

describe.each(Object.entries(SECTIONS))("%s", (_, cases) => {
  it.each(cases.map((one) => [one[0], one] as const))(
    "%j",
    (expression, [, column, length, message, hint]) => {
      const problem = problemOf(expandHosts(expression, { groups, labels }));
      expect(problem).toMatchObject({ column, length, message });
      expect(problem.hint ?? "").toContain(hint ?? "");
    },
  );
});

it.each([
  [undefined, "hosts cannot be chosen by labels here, where none are known"],
  ["unread", "hosts cannot be chosen by labels here: labels are read from these very entries"],
] as const)("where labels are %s they choose nothing", (known, message) => {
  const problem = problemOf(expandHosts("db1,@web{rack=r1}", { groups, labels: known }));
  expect(problem).toMatchObject({ column: 10, length: 7, message });
});
