import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { PARSER_CONFIGURATION, addOptions, plainFlags, readOptions } from "@roadrunner/core/cli";
import yargs from "yargs";
import { jobOptions } from "../../packages/flow-client/src/one-line/job-options.ts";
import { jobOf } from "../../packages/flow-client/src/one-line/one-job-flow.ts";

const page = readFileSync(new URL("../../docs/one-line.md", import.meta.url), "utf8");
const rows = [...page.matchAll(/^\| `("\w+": .*?)` +\| `(--.*?)` +\|$/gm)].map(([, flow = "", line = ""]) => [
  line,
  flow,
]);

describe("docs/one-line.md", () => {
  it("has rows of options", () => {
    expect(rows.length).toBeGreaterThan(6);
  });

  it.each(rows)("%s is %s", async (line = "", flow = "") => {
    const table = jobOptions();
    const plain = plainFlags(line.split(" "), [table]);
    if (!plain.ok) throw new Error(plain.error.join("\n"));
    const parser = addOptions(yargs([...plain.value]).parserConfiguration(PARSER_CONFIGURATION), table);
    const values = readOptions(table, await parser.strict().exitProcess(false).parseAsync(), {});
    if (!values.ok) throw new Error(values.error.join("\n"));
    const { job, problems } = jobOf({ hosts: undefined, words: undefined, values: values.value }, {});
    expect({ job, problems }).toEqual({ job: JSON.parse(`{ ${flow} }`), problems: [] });
  });
});
