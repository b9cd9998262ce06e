import { describe, expect, test } from "vitest";
import { flow, job, jobOf, oneJob, planOf, planProblems } from "./reading.ts";

describe("precedence", () => {
  const inventory = {
    hosts: {
      "db[1-4]": {
        user: "inventory",
        pool: "inventory",
        port: 2000,
        env: { A: "inventory", B: "inventory", C: "inventory" },
      },
      db1: { address: "10.0.0.1" },
    },
  };
  const defaults = {
    user: "defaults",
    pool: "defaults",
    env: { A: "defaults", B: "defaults", D: "defaults" },
  };

  test("user: expression, job, defaults, inventory", () => {
    const user = (fields: object, own: object): unknown =>
      jobOf(planOf(flow([[job({ hosts: "db1", ...fields })]], own), { inventory })).hosts[0]?.user;
    expect(user({ hosts: "me@db1", user: "job" }, { defaults })).toBe("me");
    expect(user({ user: "job" }, { defaults })).toBe("job");
    expect(user({}, { defaults })).toBe("defaults");
    expect(user({}, {})).toBe("inventory");
  });

  test("pool: job, inventory, defaults", () => {
    const pool = (fields: object, hosts = "db1"): unknown =>
      jobOf(planOf(flow([[job({ hosts, ...fields })]], { defaults }), { inventory })).hosts[0]?.pool;
    expect(pool({ pool: "job" })).toBe("job");
    expect(pool({})).toBe("inventory");
    expect(pool({}, "other")).toBe("defaults");
  });

  test("env: defaults, inventory, job, merged by name", () => {
    const planned = jobOf(planOf(flow([[job({ env: { A: "job" } })]], { defaults }), { inventory }));
    expect(planned.hosts[0]?.env).toEqual({ A: "job", B: "inventory", C: "inventory", D: "defaults" });
  });

  test("port: expression, inventory; address: inventory", () => {
    const planned = jobOf(planOf(flow([[job({ hosts: "db1,db2:22" })]]), { inventory }));
    expect(planned.hosts).toMatchObject([{ address: "10.0.0.1", port: 2000 }, { port: 22 }]);
    expect(planned.hosts[1]?.address).toBeUndefined();
  });

  test("transport: inventory", () => {
    const known = { hosts: { "db[1-2]": { transport: "openssh" }, db3: { transport: "local" } } };
    const planned = jobOf(planOf(flow([[job({ hosts: "db[1-4]" })]]), { inventory: known }));
    expect(planned.hosts.map(({ transport }) => transport)).toEqual([
      "openssh",
      "openssh",
      "local",
      undefined,
    ]);
    const bad = { hosts: { db1: { transport: "telnet" } } };
    expect(() => planOf(flow([[job({ hosts: "db1" })]]), { inventory: bad })).toThrow(
      /transport: must be one of auto, builtin, openssh, local/,
    );
  });

  test("every other field of a job replaces that of defaults", () => {
    const text = flow([[job({ tolerate: { timedOut: 1 }, okCodes: [3] })]], {
      defaults: { tolerate: { unreachable: 1 }, okCodes: [0, 1], retries: 4 },
    });
    const planned = jobOf(planOf(text));
    expect(planned.tolerate).toEqual({ timedOut: { kind: "count", count: 1 } });
    expect(planned.work?.okCodes).toEqual([3]);
    expect(planned.retries).toBe(4);
  });
});

describe("an inventory", () => {
  test.each<[object, readonly string[]]>([
    [
      { hosts: { "db[1-3]": { port: 1 }, db2: { port: 2 } } },
      ["hosts.db2.port: port of db2 is 2 here and 1 in an entry above"],
    ],
    [
      { hosts: { "db[1-3]": { env: { A: "x" } }, db2: { env: { A: "y" } } } },
      ['hosts.db2.env.A: A of db2 is "y" here and "x" in an entry above'],
    ],
    [
      { hosts: { "me@db1": {} } },
      ['hosts["me@db1"]: an inventory names hosts by name alone ("db1" has a user or a port)'],
    ],
    [{ hosts: { "db1!db1": {} } }, ['hosts["db1!db1"]: no host is left of this expression']],
    [{ hosts: { "@nosuch": {} } }, ['hosts["@nosuch"]: there is no group @nosuch']],
    [{ groups: { a: "@nosuch" } }, ["groups.a: there is no group @nosuch"]],
  ])("%j", (inventory, problems) => {
    const found = planProblems(oneJob({}), { inventory: { ...inventory } });
    expect(found.map((text) => text.replace(/^\S+ /, ""))).toEqual(problems);
  });

  test("may say the same twice, and more of a host elsewhere", () => {
    const inventory = {
      hosts: { "db[1-3]": { port: 1, env: { A: "x" } }, db2: { port: 1, user: "u", env: { B: "y" } } },
    };
    expect(jobOf(planOf(oneJob({ hosts: "db2" }), { inventory })).hosts).toEqual([
      { name: "db2", port: 1, user: "u", env: { A: "x", B: "y" } },
    ]);
  });

  test("and a flow cannot both have a group", () => {
    const text = oneJob({}, { groups: { web: "w1" } });
    expect(planProblems(text, { inventory: { groups: { web: "w2" } } })).toEqual([
      '1:12 groups.web: group "web" is in the inventory inventory.yaml as well',
    ]);
  });

  test("its problems are told with those of the flow and of options", () => {
    const problems = planProblems(oneJob({ hosts: "db1!db1" }), {
      inventory: { hosts: { "@x": {} } },
      limit: "a b",
    });
    expect(problems).toEqual([
      expect.stringContaining("no host is left"),
      expect.stringContaining("there is no group @x"),
      expect.stringContaining("white space"),
    ]);
  });
});
