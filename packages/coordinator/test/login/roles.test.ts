import { describe, expect, it } from "vitest";
import { roleFault, runFault } from "../../src/login/permission.ts";
import { parseRoles, roleOf } from "../../src/login/roles.ts";

function rules(...written: readonly object[]) {
  const read = parseRoles(JSON.stringify({ rules: written }));
  if (!read.ok) throw new Error(read.error.join());
  return read.value;
}

describe("a role", () => {
  const ours = rules(
    { principals: "*@ops", role: "own" },
    { principals: "ada@*,!ada@guests", role: "all" },
    { principals: "*", role: "view" },
  );

  it.each([
    ["eve@example.com", "view"],
    ["grace@ops", "own"],
    ["ada@ops", "all"],
    ["ada@guests", "view"],
  ])("of %s is %s: the strongest that fits counts", (principal, role) => {
    expect(roleOf(ours, principal)).toBe(role);
  });

  it("is nobody's for whom no rule is, and everybody's where there are no rules", () => {
    expect(roleOf(rules({ principals: "*@ops", role: "all" }), "eve")).toBeUndefined();
    expect(roleOf(rules(), "eve")).toBeUndefined();
    expect(roleOf(undefined, "eve")).toBe("own");
  });

  it.each([
    ["{", /^it is not JSON/],
    ["[]", /^it must be \{ "rules": \[ … \] \} and nothing else/],
    ['{"rules":[],"more":1}', /nothing else/],
    [
      '{"rules":[{"principals":"*","role":"all"},{"principals":"","role":"root"}]}',
      /^rule 2: `principals` must be patterns/,
    ],
    ['{"rules":[{"principals":"*","role":"all","hosts":"*"}]}', /^rule 1: "hosts" is no key/],
    ['{"rules":[{"principals":"*","rol":"all"}]}', /^rule 1: "rol" is no key/],
    ['{"rules":[{"principals":"*","role":"root"}]}', /^rule 1: `role` must be one of view, own, all$/],
    ['{"rules":[{"principals":"*","role":"view","role":"all"}]}', /^rule 1: "role" is written twice$/],
    ['{"rules":[],"rules":[{"principals":"*","role":"all"}]}', /^"rules" is written twice$/],
  ])("is not read from %s", (text, why) => {
    const read = parseRoles(text);
    expect(read.ok ? "" : read.error[0]).toMatch(why);
  });

  it("says every problem of its file at once", () => {
    const read = parseRoles('{"rules":[{"principals":"","role":"root"},{}]}');
    expect(read.ok ? [] : read.error.map((problem) => problem.slice(0, 6))).toEqual(
      expect.arrayContaining(["rule 1", "rule 2"]),
    );
  });
});

describe("what may be done", () => {
  const wish = { needs: "own", does: "stop" } as const;
  const run = { run: "r1", principal: "ada", by: "ada@box" };

  it("by role: to look, to do something, and with which runs", () => {
    expect(roleFault({ principal: "eve", role: "view" }, { needs: "view" })).toBeUndefined();
    expect(roleFault({ principal: "eve", role: "view" }, wish)).toMatch(
      /^eve has the role view, which may not stop/,
    );
    expect(roleFault({ principal: "eve", role: "own" }, wish)).toBeUndefined();
    expect(runFault({ principal: "eve", role: "own" }, { needs: "view" }, run)).toBeUndefined();
    expect(runFault({ principal: "ada", role: "own" }, wish, run)).toBeUndefined();
    expect(runFault({ principal: "eve", role: "all" }, wish, run)).toBeUndefined();
    expect(runFault({ principal: "eve", role: "own" }, wish, run)).toMatch(
      /: ada, and whoever has the role all may stop it$/,
    );
  });

  it("with a run that came by the socket: nothing with the role own, whatever somebody calls himself", () => {
    const { principal: _, ...ofSocket } = run;
    expect(runFault({ principal: "ada", role: "own" }, wish, ofSocket)).toBe(
      "run r1 was handed over by whoever owns the coordinator's socket (ada@box), and ada has the role own: whoever has the role all may stop it",
    );
    expect(runFault({ role: "all" }, wish, run)).toBeUndefined();
  });
});
