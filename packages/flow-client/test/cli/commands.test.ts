import { describe, expect, it } from "vitest";
import { suggest } from "@roadrunner/core";
import type { OptionTable } from "@roadrunner/core/cli";
import { commandIn, commandsWith, type Command } from "../../src/cli/commands.ts";
import { nearCommand, whatIsMissing, whatIsUnknown } from "../../src/cli/unknown.ts";

const commands: readonly (readonly [string, Command])[] = Object.entries(commandsWith({ run: {}, ping: {} }));
const names = commands.map(([name]) => name);

it.each(commands)("%s has two examples, each of itself", (name, { examples = [], usage }) => {
  expect(examples.length).toBeGreaterThanOrEqual(2);
  if (name === "$0") return;
  expect(usage.split(" ")[0]).toBe(name);
  for (const [line] of examples)
    expect(line).toContain(`rr-submit ${name}`.replace("rr-submit report", "report"));
});

it("a command that lacks its word says which", () => {
  const told = "Not enough non-option arguments: got 0, need at least 1";
  expect(
    commands.map(([, { usage }]) => whatIsMissing(told, usage)).filter((one) => one !== undefined),
  ).toEqual([
    "which run? Name it: rr-submit stop <run>",
    "which run? Name it: rr-submit confirm <run> [job]",
    "which run? Name it: rr-submit sign <run>",
  ]);
  expect(whatIsMissing("Unknown argument: odd", "sign <run>")).toBeUndefined();
});

describe("a mistyped word", () => {
  const isThere = (path: string): boolean => path === "ping.yaml" || path === "pling";

  it.each([
    [["pln", "flow.json"], "plan"],
    [["--yes", "resmue"], "resume"],
    [["stopp", "last"], "stop"],
  ])("%j: %s was meant", (args, meant) => {
    const line = nearCommand(args, names, suggest, isThere).join("\n");
    expect(line).toContain(`did you mean rr-submit ${meant}?`);
  });

  it.each([[["plan"]], [["deploy.json"]], [["pling"]], [["--limit"]], [[]]])("%j: nothing to say", (args) => {
    expect(nearCommand(args, names, suggest, isThere)).toEqual([]);
  });

  it("of an option: the near one, and nothing for a word", () => {
    const told = whatIsUnknown("Unknown arguments: limitt, more", ["--limitt", "more"], ["limit"], suggest);
    expect(told.join("\n")).toContain("--limitt: did you mean --limit?");
    expect(told).toHaveLength(2);
  });
});

it("the command is the word before -- that names one, else the flow's", () => {
  expect(commandIn(["--yes", "plan", "x"])).toBe("plan");
  expect(commandIn(["flow.json"])).toBe("$0");
  expect(commandIn(["run", "h1", "--", "stop"])).toBe("run");
});

it.each([["run"], ["resume"], ["$0"]] as const)(
  "--help of %s begins with ten options at most, and has headings for the others",
  (name) => {
    const options = Object.assign({}, ...commandsWith({ run: {}, ping: {} })[name].tables) as OptionTable;
    const groups = Object.values(options).map(({ group }) => group);
    expect(groups).not.toContain(undefined);
    expect(groups[0]).toBe("Most used:");
    expect(groups.filter((group) => group === "Most used:").length).toBeLessThanOrEqual(10);
  },
);
