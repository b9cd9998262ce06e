import { describe, expect, test } from "vitest";
import { digestText, workFieldNames, workFields, workIn, type Work } from "../../src/work/work.ts";

/** A value for every field, and another one. */
const VALUES: { readonly [K in keyof Required<Work>]: readonly [Work[K], Work[K]] } = {
  command: ["uptime", "reboot"],
  unless: ["false", "true"],
  script: [
    { name: "a.sh", text: "#!/bin/sh\n" },
    { name: "a.sh", text: "#!/bin/bash\n" },
  ],
  env: [{ A: "1" }, { A: "2" }],
  secretEnv: [{ TOKEN: "deploy" }, { TOKEN: "other" }],
  cwd: ["/srv", "/tmp"],
  shell: ["/bin/sh", "/bin/bash"],
  become: [true, "web"],
  timeoutMs: [1000, 2000],
  connectTimeoutMs: [1000, 2000],
  freshLogin: [true, undefined],
  check: [
    { everyMs: 1, stableMs: 0, withinMs: 2 },
    { everyMs: 2, stableMs: 0, withinMs: 2 },
  ],
  okCodes: [[0], [0, 2]],
  reboot: [{ timeoutMs: 1 }, { timeoutMs: 2 }],
  outputs: [true, undefined],
  delivery: ["once", "repeatable"],
  onDisconnect: ["finish", "attached"],
};

const work = Object.fromEntries(workFieldNames.map((name) => [name, VALUES[name][0]])) as unknown as Work;

describe("what is done on a host", () => {
  test("has one list of fields", () => {
    expect(Object.keys(workFields).toSorted()).toEqual([...workFieldNames].toSorted());
    expect(Object.keys(VALUES).toSorted()).toEqual([...workFieldNames].toSorted());
  });

  test("is found whole among the fields of something larger", () => {
    expect(workIn({ ...work, host: "db1", user: "web" } as Work)).toEqual(work);
  });

  test("has a digest that changes with all that makes the command what it is, and with nothing else", () => {
    const changing = workFieldNames.filter(
      (name) => digestText({ ...work, [name]: VALUES[name][1] }) !== digestText(work),
    );
    const without = workFieldNames.filter((name) => {
      const { [name]: _left, ...rest } = work;
      return digestText(rest as Work) !== digestText(work);
    });
    const identity = ["command", "unless", "script", "env", "secretEnv", "cwd", "shell", "become"];
    expect(changing.toSorted()).toEqual(identity.toSorted());
    expect(without.toSorted()).toEqual(identity.toSorted());
  });

  test("does not mind the order of variables", () => {
    const env = { A: "1", B: "2" };
    expect(digestText({ ...work, env })).toBe(digestText({ ...work, env: { B: "2", A: "1" } }));
    expect(digestText({ ...work, env })).not.toBe(digestText({ ...work, env: { A: "2", B: "1" } }));
  });
});
