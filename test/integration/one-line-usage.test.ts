import { describe, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { runSubmit } from "../support/processes.ts";
import { submitHere } from "../support/submit-here.ts";

failOnLeftovers();

describe("a line that cannot be run", () => {
  it.each([
    [
      "braces without quotes",
      ["run", "@webrack=r7", "@webzone=eu", "--", "uptime"],
      "Unknown argument: @webzone=eu\nA host expression with braces stands in quotes:",
    ],
    ["no --", ["run", "db1", "uptime"], "Unknown argument: uptime\nA command stands behind --:"],
    ["nothing after --", ["run", "db1", "--"], "which command? Write it behind --"],
    ["an empty command", ["run", "db1", "--", ""], "COMMAND: the command is empty"],
    ["no hosts", ["run", "--", "uptime"], "which hosts? Name them, as in: rr-submit run"],
    ["no hosts to ping", ["ping"], "which hosts? Name them, as in: rr-submit ping"],
    ["a command to ping", ["ping", "db1", "--", "x"], "ping takes no command"],
    [
      "an option that there is not",
      ["run", "db1", "--timeot", "1m", "--", "x"],
      "--timeot: did you mean --timeout?",
    ],
    ["a field's name", ["run", "db1", "--okCodes", "1", "--", "x"], "--okCodes: did you mean --ok-codes?"],
    ["an option of a flow", ["x.json", "--limitt", "a"], "--limitt: did you mean --limit?"],
    [
      "an option twice",
      ["run", "db1", "--timeout", "1m", "--timeout", "2m", "--", "x"],
      "--timeout was given twice",
    ],
    ["hosts with a quote", ["run", "db'1", "--", "x"], "HOSTS: a quotation mark inside a host expression"],
    ["hosts on two lines", ["run", "db1\ndb2", "--", "x"], "HOSTS: white space between hosts"],
    ["no such group", ["run", "@web", "--", "x"], "HOSTS: there is no group @web"],
    [
      "a script and a command",
      ["run", "db1", "--script", "x.sh", "--", "x"],
      "--script and a command behind -- exclude",
    ],
    ["no such script", ["run", "db1", "--script", "no-such.sh"], "--script: "],
    [
      "a word after --become",
      ["run", "db1", "--become", "postgres", "--", "x"],
      "Unknown argument: postgres",
    ],
  ])("%s", async (_, args, message) => {
    const { code, stdout, stderr } = await submitHere(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/slots\[|command line/);
  });

  it("is told as much by the program as by its main function", async () => {
    const args = ["run", "db1", "uptime"];
    const { signal, ...told } = await runSubmit(args);
    expect(told.stderr).toContain("Unknown argument: uptime\nA command stands behind --:");
    expect({ signal, ...told }).toEqual(await submitHere(args));
  });

  it("is told all that is wrong with it at once", async () => {
    const args = ["--env", "FOO", "--timeout", "1x", "--keep-output", "1", "--raw"];
    const { code, stderr } = await submitHere(["run", "db[1", ...args, "--", "x"]);
    expect(code).toBe(2);
    for (const start of ["--env: ", "--timeout: ", "--keep-output: ", "HOSTS: "])
      expect(stderr).toContain(start);
  });
});

it.each(["run", "ping"])("%s explains itself, with two examples", async (name) => {
  const { code, stdout } = await submitHere([name, "--help"]);
  expect(code).toBe(0);
  expect(stdout.match(new RegExp(`^ {2}rr-submit ${name} `, "gm"))).toHaveLength(2);
  expect(stdout).toContain("--connect-timeout");
});

it.each([
  ["ru", "run"],
  ["pin", "ping"],
  ["run db1 --para", "--parallelism"],
  ["ping db1 --connect", "--connect-timeout"],
])("completes %s to %s", async (line, word) => {
  const { code, stdout } = await submitHere(["--get-yargs-completions", "rr-submit", ...line.split(" ")]);
  expect(code).toBe(0);
  expect(stdout.split("\n").map((text) => text.split(":")[0])).toContain(word);
});
