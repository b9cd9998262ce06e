import { describe, expect, it } from "vitest";
import { flowText, titleOf } from "../../src/one-line/one-job-flow.ts";
import { shellLine } from "../../src/one-line/shell-words.ts";

describe("the words after --", () => {
  it.each([
    [["uptime"], "uptime"],
    [["df -h | tail -1"], "df -h | tail -1"],
    [["systemctl", "restart", "apache2"], "systemctl restart apache2"],
    [["echo", "a b", ""], "echo 'a b' ''"],
    [["echo", "it's"], "echo 'it'\\''s'"],
    [
      ["echo", "$HOME", "`id`", 'a"b', "*", "~", "a;b", "a&b", "#x"],
      `echo '$HOME' '\`id\`' 'a"b' '*' '~' 'a;b' 'a&b' '#x'`,
    ],
    [["echo", "two\nlines"], "echo 'two\nlines'"],
    [["A=1", "env"], "'A=1' env"],
    [["env", "A=1"], "env A=1"],
    [["if", "x"], "'if' x"],
    [["echo", "=x"], "echo '=x'"],
    [
      ["ls", "--color=auto", "/tmp/a.b-c_d", "50%", "a@b", "1:2,3+4"],
      "ls --color=auto /tmp/a.b-c_d 50% a@b 1:2,3+4",
    ],
    [["echo", "é"], "echo 'é'"],
  ])("%j are the shell line %s", (words, line) => {
    expect(shellLine(words)).toBe(line);
  });
});

describe("the name of its run", () => {
  it.each([
    [{ command: "uptime" }, "uptime"],
    [{ command: " a\n\tb\u0007c " }, "a b c"],
    [{ command: "" }, "run"],
    [{ script: "deploy.sh" }, "script deploy.sh"],
    [{ command: "x".repeat(200) }, `${"x".repeat(99)}…`],
    [{ command: `${"x".repeat(98)}😀y` }, `${"x".repeat(98)}…`],
  ])("%j: %s", (job, title) => {
    expect(titleOf(job)).toBe(title);
    expect(titleOf(job).length).toBeLessThanOrEqual(100);
  });

  it("is left out of a flow that is saved", () => {
    expect(JSON.parse(flowText({ command: "x" }))).toEqual({ slots: [{ jobs: [{ command: "x" }] }] });
  });
});
