import { describe, expect, it } from "vitest";
import { readOptions } from "@roadrunner/core/cli";
import { coordinatorOptions } from "../../src/options/options.ts";

const DAY_MS = 86_400_000;

function read(argv: Record<string, string>, env: Record<string, string> = {}) {
  return readOptions(coordinatorOptions, argv, env);
}

describe("the coordinator's options", () => {
  it("have defaults that need nothing", () => {
    expect(read({})).toMatchObject({
      ok: true,
      value: { "prune-runs": 90 * DAY_MS, "prune-output": 30 * DAY_MS, listen: [], store: undefined },
    });
  });

  it("may stand in the environment", () => {
    expect(read({}, { RR_LISTEN: "unix:/run/x,[::]:4780", RR_STORE: "/s.db" })).toMatchObject({
      value: {
        listen: [
          { kind: "socket", path: "/run/x" },
          { kind: "network", host: "::", port: 4780 },
        ],
        store: "/s.db",
      },
    });
  });

  it("keep for days, or for ever", () => {
    expect(read({ "prune-runs": "400d", "prune-output": "never" })).toMatchObject({
      value: { "prune-runs": 400 * DAY_MS, "prune-output": undefined },
    });
  });

  it.each([
    ["prune-runs", "90", /^--prune-runs: "90" is neither a number of days, such as 90d, nor never$/],
    ["prune-output", "12h", /neither a number of days/],
    ["listen", "0.0.0.0", /^--listen: "0.0.0.0" has no port; .* as in 0.0.0.0:4780, /],
    ["listen", "https://box:4780", /is a URL; a coordinator listens at an address/],
    [
      "public-address",
      "https://box:80",
      /^--public-address: "https:\/\/box:80": it is a URL; expected HOST:PORT/,
    ],
    ["public-address", "box:80,box", /^--public-address: "box" has no port/],
    ["listen", "unix:relative", /absolute path/],
  ])("--%s %s is wrong, and says how", (name, text, why) => {
    expect(read({ [name]: text })).toMatchObject({ error: [expect.stringMatching(why) as string] });
  });
});
