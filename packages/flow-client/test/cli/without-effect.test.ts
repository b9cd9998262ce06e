import { expect, it } from "vitest";
import { withoutEffect } from "../../src/cli/without-effect.ts";

const needed = {
  local: false,
  follow: undefined,
  detach: false,
  coordinator: { kind: "socket", path: "/c" },
} as const;

it.each([
  [{ local: true }, ["--local and a coordinator exclude each other"]],
  [
    { servers: "a:1", "pool-key-file": "k", "sign-key": "k" },
    ["--servers is for whoever carries", "--pool-key-file is for whoever"],
  ],
  [{ "ssh-user": "x", raw: true }, ["--raw needs --follow"]],
])("with a coordinator, %j is refused with the reason", (argv, reasons) => {
  const told = withoutEffect(argv, needed);
  expect(told).toHaveLength(reasons.length);
  for (const [index, reason] of reasons.entries()) expect(told[index]).toContain(reason);
});

it("what is not on the command line may be for another command", () => {
  expect(withoutEffect({}, { ...needed, local: true })).toEqual([]);
});

it.each([true, false])("a view has no effect on a run that is left (coordinator: %s)", (with_) => {
  const options = { ...needed, detach: true, coordinator: with_ ? needed.coordinator : undefined };
  expect(withoutEffect({ output: "plain", follow: "db1" }, { ...options, follow: "db1" })).toEqual([
    expect.stringContaining("--output shows nothing with --detach"),
    expect.stringContaining("--follow shows nothing with --detach"),
  ]);
});
