import { describe, expect, it } from "vitest";
import yargs from "yargs";
import { addOptions, PARSER_CONFIGURATION, readOptions } from "../../src/cli/options.ts";
import { joinedDashes, plainFlags } from "../../src/cli/plain-flags.ts";
import { serversOption } from "../../src/cli/servers-option.ts";
import {
  choiceOption,
  flagOption,
  listOption,
  numberOption,
  sizeOption,
  textOption,
  textsOption,
} from "../../src/cli/values.ts";

const table = {
  concurrency: numberOption("places", { min: 1, max: 10_000, default: 100 }),
  "log-level": choiceOption("log level", ["info", "debug"]),
  "max-output": sizeOption("bytes", { min: 1024, max: 2 ** 30, default: 2 ** 20, defaultText: "1M" }),
  pool: listOption("pools"),
  servers: serversOption("job servers"),
  yes: flagOption("answer", { alias: "y" }),
  limit: textOption("hosts"),
  exclude: textsOption("other hosts"),
};

async function read(args: string[], env: Record<string, string> = {}) {
  const argv = await addOptions(yargs(args).parserConfiguration(PARSER_CONFIGURATION), table).parse();
  return readOptions(table, argv, env);
}

describe("options", () => {
  it("gives every option its default", async () => {
    expect(await read([])).toEqual({
      ok: true,
      value: {
        concurrency: 100,
        "log-level": "info",
        "max-output": 1_048_576,
        pool: undefined,
        servers: [{ host: "127.0.0.1", port: 4730 }],
        yes: false,
        limit: undefined,
        exclude: undefined,
      },
    });
  });

  it("reads the command line before the environment", async () => {
    const env = { RR_CONCURRENCY: "7", RR_POOL: "a,b", RR_YES: "1", RR_RUN: "x" };
    expect(await read(["--concurrency", "9", "--max-output", "64k"], env)).toMatchObject({
      value: { concurrency: 9, pool: ["a", "b"], yes: true, "max-output": 65_536 },
    });
  });

  it("takes no number for text", async () => {
    expect(await read(["--limit", "010"])).toMatchObject({ value: { limit: "010" } });
  });

  it("takes an option once, unless several make sense", async () => {
    const args = ["--limit", "a", "--limit", "b", ...["1", "2", "3"].flatMap((n) => ["--concurrency", n])];
    expect(await read(args)).toEqual({
      ok: false,
      error: ["--concurrency was given 3 times; give it once", "--limit was given twice; give it once"],
    });
    const lists = ["--exclude", "a", "--exclude", "b&c", "--pool", "x,y", "--pool", "z"];
    expect(await read(lists)).toMatchObject({ value: { exclude: ["a", "b&c"], pool: ["x", "y", "z"] } });
    const servers = await read(["--servers", "a,b:1", "--servers", "b:1", "--servers", "a:2"]);
    expect(servers).toMatchObject({
      value: {
        servers: [
          { host: "a", port: 4730 },
          { host: "b", port: 1 },
          { host: "a", port: 2 },
        ],
      },
    });
  });

  it("writes out what an option means that stands alone", () => {
    const become = { become: { ...textOption("run as"), alone: "true" } };
    const args = ["--become", "h1", "--become=ann", "--", "--become"];
    expect(plainFlags(args, [become])).toEqual({
      ok: true,
      value: ["--become=true", "h1", "--become=ann", "--", "--become"],
    });
  });

  it("reads a flag's value as the environment's", () => {
    const args = ["f", "--yes=1", "-y=no", "--yes", "--limit=1", "--", "--yes=maybe"];
    const plain = ["f", "--yes=true", "-y=false", "--yes", "--limit=1", "--", "--yes=maybe"];
    expect(plainFlags(args, [table])).toEqual({ ok: true, value: plain });
    expect(plainFlags(["--yes=maybe"], [table])).toEqual({
      ok: false,
      error: ['--yes: "maybe" is neither true nor false'],
    });
  });

  it("takes a - behind an option for its value", () => {
    const args = ["--limit", "-", "--yes", "-", "--pool", "x", "-", "--", "--limit", "-"];
    const joined = ["--limit=-", "--yes", "-", "--pool", "x", "-", "--", "--limit", "-"];
    expect(joinedDashes(args, [table])).toEqual(joined);
  });

  it("tells every problem, where it came from and what was written", async () => {
    const answer = await read(["--concurrency", "abc", "--log-level", "loud"], {
      RR_MAX_OUTPUT: "1x",
      RR_POOL: "a,,b",
    });
    expect(answer).toEqual({
      ok: false,
      error: [
        '--concurrency: "abc" is not a whole number from 1 to 10000',
        '--log-level: "loud" is not one of info, debug',
        'RR_MAX_OUTPUT: "1x" is not a size such as 65536, 64k or 1M',
        'RR_POOL: "a,,b" has an empty item',
      ],
    });
  });
});
