import { describe, expect, it } from "vitest";
import { completionText, valueOnLine, type Completer } from "../../src/cli/completion/index.ts";
import { typedLine } from "../../src/cli/completion/typed-line.ts";
import { choiceOption, flagOption, listOption, textOption, textsOption } from "../../src/cli/values.ts";

const table = {
  output: choiceOption("how it is shown", ["auto", "plain"]),
  limit: textOption("only these hosts", { names: "hosts" }),
  exclude: textsOption("not these", { names: "hosts" }),
  inventory: textOption("a file", { alias: "i" }),
  retry: listOption("outcomes", { choices: ["failed", "unknown"] }),
  yes: flagOption("answer", { alias: "y" }),
};

const completer: Completer = {
  tables: () => Promise.resolve([table]),
  words: ({ earlier }) =>
    Promise.resolve({ candidates: earlier.length === 0 ? [{ word: "plan" }] : [], files: true }),
  hosts: () => Promise.resolve([{ word: "@web", describe: "a\tgroup\nof\u001b[1m hosts" }, { word: "@db" }]),
};

/** The first line's kind, and the words offered. */
async function offered(line: string): Promise<readonly string[]> {
  const [head = "", ...lines] = (await completionText(`rr ${line}`, completer)).trimEnd().split("\n");
  return [head.split("\t")[0] ?? "", ...lines.map((one) => one.split("\t")[0] ?? "")];
}

describe("what completes a line", () => {
  it.each([
    ["", ["files", "plan"]],
    ["plan f", ["files"]],
    ["--yes p", ["files", "plan"]],
    ["-i file p", ["files", "plan"]],
    ["- p", ["files"]],
    ["plan --outp", ["only", "--output"]],
    ["plan --output ", ["only", "auto", "plain"]],
    ["plan --output=pl", ["only", "--output=plain"]],
    ["plan --limit @w", ["only", "@web"]],
    ["plan --limit '@w", ["only", "@web"]],
    ["plan --limit=", ["only", "--limit=@web", "--limit=@db"]],
    ["plan -i x", ["files"]],
    ["plan --unknown=x", ["files"]],
    ["plan --retry failed,u", ["only", "failed,unknown"]],
    ["run -- --outp", ["files"]],
  ])("%j: %j", async (line, words) => {
    expect(await offered(line)).toEqual(words);
  });

  it("offers an option once, unless it may be given again", async () => {
    const names = await offered("plan --limit x --exclude=y --");
    expect(names).not.toContain("--limit");
    expect(names).toEqual(expect.arrayContaining(["--exclude", "--output", "--help"]));
  });

  it("tells the word at the cursor without quotes, and nothing that breaks a line", async () => {
    const text = await completionText("rr --limit '@w", completer);
    expect(text).toBe("only\t@w\n@web\ta group of [1m hosts\n");
  });
});

it.each([
  ['rr a \'b c\' d\\ e "f \\" g" h', ["a", "b c", "d e", 'f " g'], "h"],
  ["rr a ", ["a"], ""],
  ["rr ''", [], ""],
  ["rr 'open word", [], "open word"],
  ["rr a\\", [], "a"],
  ["", [], ""],
])("splits %j as a shell does", (text, words, current) => {
  expect(typedLine(text)).toEqual({ words, current });
});

it("finds the last value that an option has", () => {
  expect(valueOnLine(["-i", "a", "--inventory=b"], "inventory", "i")).toBe("b");
  expect(valueOnLine(["--inventory=b", "-i", "a"], "inventory", "i")).toBe("a");
  expect(valueOnLine(["--inventory-x", "a"], "inventory", "i")).toBeUndefined();
});
