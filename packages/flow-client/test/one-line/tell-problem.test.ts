import { expect, it } from "vitest";
import { loadFlow } from "@roadrunner/core";
import { flowText } from "../../src/one-line/one-job-flow.ts";
import { problemTeller } from "../../src/one-line/tell-problem.ts";

/** What an operator is told of this job. */
function told(job: object): readonly string[] {
  const text = flowText({ name: "run", hosts: "h1", command: "true", ...job });
  const loaded = loadFlow(text, { file: "<command line>" });
  return loaded.ok ? [] : loaded.error.map(problemTeller(text, "<command line>"));
}

it.each([
  [{ timeout: "1x" }, '--timeout: must be a duration such as "90s"'],
  [{ retries: 900 }, "--retries: must be a whole number of further attempts, 0 to 100, not 900"],
  [{ okCodes: [1, 300] }, "--ok-codes: must be an exit code, 0 to 255, not 300"],
  [{ parallelism: [1, "0%"] }, '--parallelism: "0%" would never start a host'],
  [{ env: { "A-B": "x" } }, '--env A-B: "A-B" is no name of an environment variable'],
  [{ env: { RR_X: "x" } }, "--env RR_X: RR_X: variables that begin with RR_ are Roadrunner's own"],
  [{ tolerate: { faild: 3 } }, '--tolerate faild: unknown key "faild"\n  did you mean failed?'],
  [{ become: "9%" }, "--become: must be true (root), false, or a user name"],
  [{ command: "" }, "COMMAND: the command is empty"],
  [{ command: "a\0b" }, "COMMAND: holds a NUL character, which no host can take"],
  [{ env: { A: "a\0b" } }, "--env A: holds a NUL character, which no host can take"],
  [{ command: "x".repeat(140_000) }, "COMMAND: has 140000 bytes; a command can have 131000\n  use script"],
  [{ hosts: "" }, "HOSTS: the host expression is empty"],
  [{ hosts: "db[1-3" }, 'HOSTS: this "[" is never closed\n  db[1-3\n    ^'],
  [{ hosts: "db1,db 2" }, "HOSTS: white space between hosts\n  db1,db 2\n        ^"],
  [{ hosts: 'db"1' }, "HOSTS: a quotation mark inside a host expression"],
])("%j is told by the option's name", (job, start) => {
  const [only = "", ...more] = told(job);
  expect(more).toEqual([]);
  expect(only.slice(0, start.length)).toBe(start);
  expect(only).not.toContain("slots");
});

it("several are told at once, each of its option", () => {
  expect(told({ timeout: "1x", env: { PWD: "/" }, hosts: "a,,b" }).map((text) => text.split(":")[0])).toEqual(
    ["HOSTS", "--timeout", "--env PWD"].toSorted((a) => (a === "HOSTS" ? -1 : 0)),
  );
});
