import { describe, expect, it } from "vitest";
import { fillIn, shellWords } from "../../../src/flow/clustershell/fill-in.ts";
import { loadGroupsConf } from "../../../src/flow/clustershell/groups-conf.ts";
import { expressionOfNodes } from "../../../src/flow/clustershell/node-set.ts";

describe("what ClusterShell writes for a group", () => {
  it.each([
    ["a1 b[1-3]\nc,d!e", "a1,b[1-3],c,d!e"],
    ["@x", "@s:x"],
    ["@x[1-2]&@t:y^@*", "@s:x[1-2]&@t:y^@s:*"],
    ["root@a,@t:*", "root@a,@t:*"],
  ])("%j is %s", (text, expression) => {
    expect(expressionOfNodes(text, "s")).toEqual({ ok: true, value: expression });
  });

  it.each([
    [" \n", "no host"],
    ["a,,b", 'a host or a group is missing before ",", near "a,,b"'],
    ["a, b", 'a host or a group is missing before ",", near "a,,b"'],
    ["@@t", '"@@source" (all groups of a source) is not supported, near "@@t"'],
    ["@x{rack=r1}", "labels in braces are not known in ClusterShell's groups"],
  ])("%j is refused", (text, message) => {
    expect(expressionOfNodes(text, "s")).toMatchObject({ ok: false, error: { message } });
  });
});

describe("a command of groups.conf", () => {
  it("has its names filled in, and all else that a shell or awk reads as it is", () => {
    const values = { GROUP: "web", SOURCE: "s" };
    expect(fillIn("f '$GROUP' ${SOURCE}x $GROUPS $$HOME $11 ${NODE} $(g) $constructor $", values)).toBe(
      "f 'web' sx $GROUPS $HOME $11 ${NODE} $(g) $constructor $",
    );
  });

  it("stands in folders that are parted as a shell does it", () => {
    expect(shellWords(` /a/b  "c d"/e 'f "g"' h\\ i "\\"" `)).toEqual(["/a/b", "c d/e", 'f "g"', "h i", '"']);
  });

  it("may go on on further lines, behind : or =, whatever is in it", () => {
    const text = "; c\n[Main]\nDefault= x%%y\n\n[a,b]\nmap = f: g\n   h = i\n\n  # no\n\tj\nall:\nlist:k\n";
    const loaded = loadGroupsConf(text, "g.conf");
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
    expect(loaded.value.main.default?.name).toBe("x%y");
    expect(
      loaded.value.sources.map(({ name, map, all, list }) => [name, map.command, all, list?.command]),
    ).toEqual([
      ["a", "f: g\nh = i\n\nj", undefined, "k"],
      ["b", "f: g\nh = i\n\nj", undefined, "k"],
    ]);
  });

  it.each([
    ["[a]\nmap: x\nmap: y", "3:1: map is there twice in this section"],
    ["[a]\nmap: x\n[a]\nmap: y", "3:1: the section [a] is there twice"],
    ["[DEFAULT]\nmap: x", "1:1: a section [DEFAULT] for all others is not read"],
    ["[a]\nmap x", '2:1: "map x" is no "key: value"'],
    ["[a b]\nmap: x", '1:1: "a b" is no name of a source of groups'],
    ["[a, b]\nmap: x", '1:1: " b" is no name of a source of groups'],
    ["[Main]\nconfdir: /a 'b c", "2:1: a quote or a backslash has no end in these folders"],
    ["[Main]\nautodir: /a\\", "2:1: a quote or a backslash has no end in these folders"],
    ["map: x", "1:1: this stands before any section"],
    ["[a]\nmap:\nlist: x", '1:1: the source [a] has no "map", the command that tells the hosts of a group'],
  ])("%j is refused", (text, problem) => {
    const loaded = loadGroupsConf(text, "g.conf");
    const told = loaded.ok
      ? []
      : loaded.error.map(({ line, column, message }) => `${line}:${column}: ${message}`);
    expect(told).toContain(problem);
  });

  it("is not looked for in a file of any size", () => {
    expect(loadGroupsConf(" ".repeat(1024 * 1024 + 1), "g.conf")).toMatchObject({
      ok: false,
      error: [{ message: "the file has more than 1 MiB; that is no groups.conf", line: 1 }],
    });
  });

  it.each(["groups:\n web: a\n".repeat(10_000), "[a]\nmap: x\nno\n" + "no\n".repeat(100_000)])(
    "is not read on in a file that is none",
    (text) => {
      const loaded = loadGroupsConf(text, "g.conf");
      expect(loaded.ok ? 0 : loaded.error.length).toSatisfy((count: number) => count > 0 && count <= 100);
    },
  );
});
