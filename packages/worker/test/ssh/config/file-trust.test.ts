import { expect, test } from "vitest";
import { isTrustedFile, parseAccounts } from "../../../src/ssh/config/file-trust.ts";

const accounts = parseAccounts(
  "root:x:0:0:root:/root:/bin/sh\nops:x:1000:1000::/home/ops:/bin/sh\ndeploy:x:1001:100::/home/deploy:/bin/sh\nbad\n",
  "root:x:0:\nops:x:1000:\nadm:x:4:ops\nboth:x:5:ops,deploy\nusers:x:100:\nempty:x:6:\nother:x:7:deploy\nhalf",
);
const trusted = (owner: number, group: number, mode: number, uid = 1000) =>
  isTrustedFile({ uid: owner, gid: group, mode }, uid, () => accounts);

test("a file of root or of our own that nobody else may write to", () => {
  expect(trusted(1000, 1000, 0o644)).toBe(true);
  expect(trusted(0, 0, 0o644)).toBe(true);
  expect(trusted(1001, 1000, 0o644)).toBe(false);
  expect(trusted(1000, 1000, 0o646)).toBe(false);
});

test("a group may write to it whose one member is the owner", () => {
  expect(trusted(1000, 1000, 0o664)).toBe(true); // his own
  expect(trusted(1000, 4, 0o664)).toBe(true); // he is its only member
  expect(trusted(1000, 5, 0o664)).toBe(false); // somebody else as well
  expect(trusted(1000, 7, 0o664)).toBe(false); // somebody else
  expect(trusted(1000, 6, 0o664)).toBe(false); // nobody: of programs that take its rights
  expect(trusted(1000, 100, 0o664)).toBe(false); // another user's first group
  expect(trusted(1000, 4711, 0o664)).toBe(false); // there is none
  expect(trusted(0, 1000, 0o664)).toBe(true); // root's, for our group
  expect(trusted(0, 4, 0o664)).toBe(false); // root is not in it
});
