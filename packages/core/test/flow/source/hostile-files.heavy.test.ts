import { describe, expect, test, vi } from "vitest";
import { loadFlow } from "../../../src/flow/load-flow.ts";
import { loadInventory } from "../../../src/flow/inventory/load-inventory.ts";
import { formatFlowProblem } from "../../../src/flow/problem.ts";
import { LIMITS } from "../../../src/flow/source/limits.ts";
import { problemsOf, shortly } from "../reading.ts";

const MIB = 1024 * 1024;

// Generous, for a busy machine; what is caught here takes for ever, or all memory, when it goes wrong.
vi.setConfig({ testTimeout: 180_000 });

function hostsOf(count: number): string {
  return Array.from({ length: count }, (_, index) => `"web${1_000_000 + index}"`).join(",");
}

describe("keys", () => {
  test.each([
    ['{"slots": [], "slots": []}', "1:15 slots: is written twice"],
    ["slots: []\nslots: []", "2:1 slots: is written twice"],
    ['{"groups": {"a": "x", "\\u0061": "y"}}', "1:23 groups.a: is written twice"],
    ["groups: {a: x, 'a': y}", "1:16 groups.a: is written twice"],
  ])("%j", (text, problem) => {
    expect(shortly(problemsOf(text))).toContain(problem);
  });

  test.each([
    '{"__proto__": {"name": "x"}}',
    "__proto__: {name: x}",
    '{"groups": {"__proto__": "x"}}',
    '{"slots": [{"jobs": [{"env": {"__proto__": "x"}}]}]}',
    '{"slots": [{"jobs": [{"__proto__": {"command": "x"}}]}]}',
  ])("%j is refused and changes nothing", (text) => {
    const problems = problemsOf(text).filter(({ path }) => path.endsWith("__proto__"));
    expect(problems).toMatchObject([{ message: "nothing can have this name" }]);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  test.each(["constructor", "toString", "hasOwnProperty"])("%s is a key like any other", (key) => {
    expect(problemsOf(`{"slots": [], "${key}": 1}`)).toContainEqual(
      expect.objectContaining({ path: key, message: `unknown key "${key}"` }),
    );
    const env = `{"slots": [{"jobs": [{"hosts": "a", "command": "b", "env": {"${key}": "x"}}]}]}`;
    const loaded = loadFlow(env, { file: "f" });
    expect(loaded.ok && loaded.value.flow.slots[0]?.jobs[0]?.env).toEqual({ [key]: "x" });
  });

  test("a merge key is an unknown key", () => {
    expect(shortly(problemsOf("<<: {name: x}\nslots: []"))).toContain('1:1 ["<<"]: unknown key "<<"');
  });
});

describe("aliases", () => {
  test("a billion laughs", () => {
    const lines = ["a0: &a0 lol"];
    for (let level = 1; level < 30; level += 1) {
      lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(", ")}]`);
    }
    const problems = problemsOf(lines.join("\n"));
    expect(problems).toHaveLength(101);
    expect(problems[0]).toMatchObject({ message: "&a0 is a YAML anchor, which a flow cannot have" });
    expect(problems[2]).toMatchObject({ message: "*a0 is a YAML alias, which a flow cannot have" });
  });

  test("an alias of what is around it", () => {
    expect(problemsOf("a: &a [*a]").map(({ message }) => message)).toEqual([
      "&a is a YAML anchor, which a flow cannot have",
      "*a is a YAML alias, which a flow cannot have",
    ]);
  });
});

describe("depth", () => {
  const tooDeep = `is nested more than ${LIMITS.depth} levels deep`;
  test.each([
    ["JSON lists", `{"slots": ${"[".repeat(10_000)}`],
    ["closed JSON lists", `${"[".repeat(10_000)}${"]".repeat(10_000)}`],
    ["JSON objects", '{"a":'.repeat(10_000)],
    ["YAML lists in brackets", `slots: ${"[".repeat(10_000)}`],
    ["YAML objects in braces", `slots: ${"{a: ".repeat(10_000)}`],
    ["YAML lists by dashes", "- ".repeat(10_000)],
    ["YAML keys by question marks", "? ".repeat(10_000)],
    ["many more JSON lists", "[".repeat(50 * MIB)],
    ["many more YAML lists", `slots: ${"[".repeat(MIB)}`],
    ["65 levels of JSON", `${"[".repeat(65)}${"]".repeat(65)}`],
    ["65 levels of YAML", `a: ${"[".repeat(65)}${"]".repeat(65)}`],
  ])("%s", (_, text) => {
    expect(problemsOf(text)).toMatchObject([{ message: tooDeep }]);
  });

  test("YAML by indentation", () => {
    const lines = Array.from({ length: 1500 }, (_, level) => `${" ".repeat(level)}a:`);
    expect(problemsOf(lines.join("\n")).map(({ message }) => message)).toEqual([
      expect.stringContaining(tooDeep),
    ]);
  });

  test("brackets in texts are no depth", () => {
    const brackets = "[".repeat(100);
    for (const text of [
      `{"description": "${brackets}", "slots": []}`,
      `description: "${brackets}"\nslots: []`,
    ]) {
      expect(problemsOf(text).map(({ path }) => path)).toEqual(["slots"]);
    }
  });
});

describe("size", () => {
  test("50 MB of JSON are read", () => {
    const text = `{"slots": [{"jobs": [{"command": "true", "hosts": [${hostsOf(3_800_000)}]}]}]}`;
    expect(text.length).toBeGreaterThan(49_000_000);
    const loaded = loadFlow(new TextEncoder().encode(text), { file: "f" });
    expect(loaded.ok && loaded.value.flow.slots[0]?.jobs[0]?.hosts).toHaveLength(3_800_000);
  });

  test.each([
    ["JSON", "{", 65, "as JSON it can have 64 MiB"],
    ["YAML", "a", 50, "as YAML it can have 2 MiB"],
  ])("more %s than the limit is refused unread", (_, begin, size, message) => {
    const bytes = new Uint8Array(size * MIB).fill(0x20);
    bytes[0] = begin.charCodeAt(0);
    expect(problemsOf(bytes)).toMatchObject([{ message: expect.stringContaining(message), line: 1 }]);
  });

  test.each([
    [
      "keys that nobody knows",
      `{${Array.from({ length: 100_000 }, (_, index) => `"k${index}":1`).join(",")}}`,
    ],
    [
      "wrong jobs, more than zod can hand on",
      `{"slots":[{"jobs":[${'{"hosts":5,"command":"x"},'.repeat(150_000)}]}]}`,
    ],
    ["repeated keys", `{${'"a":1,'.repeat(300_000)}}`],
    ["repeated keys in YAML", "a: 1\n".repeat(50_000)],
    ["YAML errors", "a: @b\n".repeat(20_000)],
    ["JSON errors", `{"a": [${"1 ".repeat(2_000_000)}]}`],
    ["lines", `${"\n".repeat(2_000_000)}{"a": 1}`],
  ])("many %s", (_, text) => {
    const problems = problemsOf(text);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.length).toBeLessThanOrEqual(LIMITS.problems + 1);
  });

  test("an inventory with many entries of one host", () => {
    const entries = Array.from(
      { length: 20_000 },
      (_, index) => `"db1,x${index}": {"port": ${(index % 60_000) + 1}}`,
    );
    expect(loadInventory(`{"hosts": {${entries.join(",")}}}`, { file: "i" }).ok).toBe(true);
  });
});

describe("characters", () => {
  test("invalid UTF-8 has a position", () => {
    const bytes = Uint8Array.from([...Buffer.from("name: x\nslots: "), 0xff, 0xfe]);
    expect(shortly(problemsOf(bytes))).toEqual(["2:8 : byte 16 (0xff) is not valid UTF-8"]);
  });

  test.each([
    ["binary", Uint8Array.from({ length: 1000 }, (_, index) => index % 256)],
    ["zeros", new Uint8Array(1000)],
  ])("%s is refused", (_, bytes) => {
    expect(problemsOf(bytes)).toHaveLength(1);
  });

  test("what is shown of a file does nothing to a terminal", () => {
    const problems = problemsOf('{"\\u001b[31m": 1, "slots": "\u009b31m\u202e"}');
    const shown = problems.map(formatFlowProblem).join("\n");
    expect(shown).toContain("␛[31m");
    expect(shown).not.toMatch(/\u001b|\u009b|\u202e/);
  });
});
