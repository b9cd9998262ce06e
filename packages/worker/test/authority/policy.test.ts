import { describe, expect, it } from "vitest";
import { parsePolicy, policyFault } from "../../src/authority/policy.ts";

const rule = { principals: "alice@*", hosts: "db[1-2]", users: ["deploy"] };

describe("a policy that cannot be read", () => {
  it.each([
    ["{", /not JSON/],
    ["[]", /must be/],
    ['{"rules":{}}', /must be/],
    ['{"rules":[],"more":1}', /must be/],
    ['{"rules":[1]}', /rule 1: it is no object/],
    [JSON.stringify({ rules: [{ ...rule, host: "db1" }] }), /rule 1: "host" is no key/],
    [JSON.stringify({ rules: [{ ...rule, principals: "" }] }), /rule 1: `principals`/],
    [JSON.stringify({ rules: [{ ...rule, principals: "a,,b" }] }), /rule 1: `principals`/],
    [JSON.stringify({ rules: [{ ...rule, hosts: undefined }] }), /rule 1: `hosts`/],
    [JSON.stringify({ rules: [rule, { ...rule, hosts: "db[1-" }] }), /rule 2: hosts: .*column/],
    [JSON.stringify({ rules: [{ ...rule, users: "deploy" }] }), /rule 1: `users`/],
    [JSON.stringify({ rules: [{ ...rule, users: [1] }] }), /rule 1: `users`/],
  ])("%s is refused with the place", (text, why) => {
    expect(parsePolicy(text)).toEqual({ ok: false, error: [expect.stringMatching(why) as string] });
  });
});

describe("rules for one principal", () => {
  const rules = parsePolicy(
    JSON.stringify({ rules: [rule, { principals: "alice@home", hosts: "db3", users: ["root"] }] }),
  );
  const fault = (principal: string, host: string, user: string) =>
    rules.ok ? policyFault(rules.value, principal, { host, users: [user] }) : "bad";

  it("add up, but hosts and users of different rules do not mix", () => {
    expect(fault("alice@home", "db1", "deploy")).toBeUndefined();
    expect(fault("alice@home", "db3", "root")).toBeUndefined();
    expect(fault("alice@home", "db1", "root")).toMatch(/not let alice@home run as root on db1/);
    expect(fault("alice@home", "db3", "deploy")).toMatch(/not let/);
    expect(fault("alice@work", "db3", "root")).toMatch(/does not give alice@work the host db3/);
  });
});
