import { describe, expect, it } from "vitest";
import { parsePolicy, policyFault } from "../../src/authority/policy.ts";

const rule = { principals: "alice@*", hosts: "db[1-2]", users: ["deploy"] };

describe("a policy that cannot be read", () => {
  it.each([
    ["{", /not JSON/],
    ["[]", /must be/],
    [
      '{"rules":[{"principals":"a","hosts":"db1","users":["x"],"users":"*"}]}',
      /^rule 1: "users" is written twice$/,
    ],
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
    [JSON.stringify({ rules: [{ ...rule, ports: 22 }] }), /rule 1: `ports`/],
    [JSON.stringify({ rules: [{ ...rule, ports: ["22"] }] }), /rule 1: `ports`/],
    [JSON.stringify({ rules: [{ ...rule, ports: [0] }] }), /rule 1: `ports`/],
    [JSON.stringify({ rules: [{ ...rule, ports: [65_536] }] }), /rule 1: `ports`/],
    [JSON.stringify({ rules: [{ ...rule, secrets: "token" }] }), /rule 1: `secrets`/],
    [JSON.stringify({ rules: [{ ...rule, secrets: [""] }] }), /rule 1: `secrets`/],
  ])("%s is refused with the place", (text, why) => {
    expect(parsePolicy(text)).toEqual({ ok: false, error: [expect.stringMatching(why) as string] });
  });
});

describe("rules for one principal", () => {
  const rules = parsePolicy(
    JSON.stringify({ rules: [rule, { principals: "alice@home", hosts: "db3", users: ["root"] }] }),
  );
  const fault = (principal: string, host: string, user: string) =>
    rules.ok
      ? policyFault(rules.value, principal, { host, users: [user], configPort: 22, secrets: [] })
      : "bad";

  it("add up, but hosts and users of different rules do not mix", () => {
    expect(fault("alice@home", "db1", "deploy")).toBeUndefined();
    expect(fault("alice@home", "db3", "root")).toBeUndefined();
    expect(fault("alice@home", "db1", "root")).toMatch(/not let alice@home run as root on db1/);
    expect(fault("alice@home", "db3", "deploy")).toMatch(/not let/);
    expect(fault("alice@work", "db3", "root")).toMatch(/does not give alice@work the host db3/);
  });
});

describe("the worker's own box", () => {
  const fault = (hosts: string) => {
    const rules = parsePolicy(
      JSON.stringify({ rules: [{ ...rule, principals: "alice", hosts, users: "*" }] }),
    );
    if (!rules.ok) throw new Error(rules.error.join());
    const wanted = { host: "worker1", isLocal: true, users: ["rr"], configPort: 22, secrets: [] } as const;
    return policyFault(rules.value, "alice", wanted);
  };

  it("is given by name alone", () => {
    expect(fault("localhost")).toBeUndefined();
    expect(fault("web[1-3],localhost")).toBeUndefined();
    for (const hosts of ["*", "worker1"])
      expect(fault(hosts)).toMatch(/alice the worker's own box \(localhost\)/);
  });
});

describe("ports and secrets of a rule", () => {
  const fault = (
    more: object,
    wanted: { port?: number; configPort?: number; secrets?: readonly string[] },
  ) => {
    const rules = parsePolicy(JSON.stringify({ rules: [{ ...rule, principals: "alice", ...more }] }));
    if (!rules.ok) throw new Error(rules.error.join());
    return policyFault(rules.value, "alice", {
      ...{ host: "db1", users: ["deploy"], configPort: 22, secrets: [] },
      ...wanted,
    });
  };

  it.each<[object, object]>([
    [{}, {}],
    [{}, { port: 22 }],
    [{}, { port: 2201, configPort: 2201 }],
    [{ ports: [2222] }, { port: 2222 }],
    [{ ports: [2222] }, { port: 22 }],
    [{ ports: "*" }, { port: 9 }],
    [{ hosts: "*" }, { port: 9 }],
    [{ secrets: ["db", "api"] }, { secrets: ["api", "db"] }],
    [{ secrets: "*" }, { secrets: ["db"] }],
    [
      { hosts: "*", users: "*" },
      { secrets: ["db"], port: 9 },
    ],
  ])("%j gives %j", (more, wanted) => {
    expect(fault(more, wanted)).toBeUndefined();
  });

  it.each<[object, object, RegExp]>([
    [{}, { port: 2222 }, /does not give alice port 2222 of db1/],
    [{}, { port: 22, configPort: 2201 }, /port 22 of db1/],
    [{ ports: [2222] }, { port: 2223 }, /port 2223/],
    [{ hosts: "*", ports: [] }, { port: 9 }, /port 9/],
    [{}, { secrets: ["db"] }, /does not give alice the secret db on db1/],
    [{ hosts: "*" }, { secrets: ["db"] }, /the secret db/],
    [{ users: "*" }, { secrets: ["db"] }, /the secret db/],
    [{ secrets: ["api"] }, { secrets: ["api", "db"] }, /the secret db/],
    [{ hosts: "*", users: "*", secrets: [] }, { secrets: ["db"] }, /the secret db/],
  ])("%j does not give %j", (more, wanted, why) => {
    expect(fault(more, wanted)).toMatch(why);
  });

  it("of different rules do not mix", () => {
    const rules = parsePolicy(
      JSON.stringify({
        rules: [
          { ...rule, principals: "alice", ports: [2222] },
          { ...rule, principals: "alice", secrets: ["db"] },
        ],
      }),
    );
    const wanted = { host: "db1", users: ["deploy"], configPort: 22, port: 2222, secrets: ["db"] };
    expect(rules.ok && policyFault(rules.value, "alice", wanted)).toMatch(/the secret db/);
  });
});
