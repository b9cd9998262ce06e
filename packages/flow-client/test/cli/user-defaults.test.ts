import { describe, expect, it } from "vitest";
import { defaultsFile, readDefaults } from "../../src/cli/user-defaults.ts";

const FILE = "/home/ann/.config/roadrunner/config.yaml";

describe("a user's defaults", () => {
  it("are said by the names of the command line", async () => {
    const text =
      'servers: [a:4730, "b:4731"]\ninventory: /etc/hosts.yaml\ngroups-conf: /etc/groups.conf\noutput: plain\nmax-in-flight: 50\nlocal: false\ncoordinator: unix:/c\n';
    expect(await readDefaults(text, FILE)).toEqual({
      ok: true,
      value: {
        RR_SERVERS: "a:4730,b:4731",
        RR_INVENTORY: "/etc/hosts.yaml",
        RR_GROUPS_CONF: "/etc/groups.conf",
        RR_OUTPUT: "plain",
        RR_MAX_IN_FLIGHT: "50",
        RR_LOCAL: "false",
        RR_COORDINATOR: "unix:/c",
      },
    });
  });

  it.each([
    ["outputt: plain", `${FILE}:1:`, "did you mean output?"],
    ["\nlimit: db1", `${FILE}:2:`, "there is no default of this name"],
    ["detach: true", `${FILE}:1:`, "there is no default of this name"],
    ["output: loud", `${FILE}:1:`, '"loud" is not one of auto,'],
    ["servers: {a: b}", `${FILE}:1:`, "must be a text, a number"],
    ["output: plain\noutput: tty", `${FILE}:2:`, "output"],
    ["servers: [", `${FILE}:`, ""],
    ["- a", `${FILE}:1:`, "it holds"],
  ])("%j is told with its line", async (text, position, words) => {
    const read = await readDefaults(text, FILE);
    const told = read.ok ? "" : read.error.join("\n");
    expect(told).toContain(position);
    expect(told).toContain(words);
  });

  it("lie in the folder for configuration, an absolute one", () => {
    expect(defaultsFile({ XDG_CONFIG_HOME: "/c" })).toBe("/c/roadrunner/config.yaml");
    expect(defaultsFile({ XDG_CONFIG_HOME: "c" })).toMatch(/\/\.config\/roadrunner\/config\.yaml$/);
  });
});
