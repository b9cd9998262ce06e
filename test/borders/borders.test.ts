import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { circleIn, foldersWithin, packageOf, PACKAGES, placeIn, ROOT, sourcesOf } from "./sources.ts";

const page = readFileSync(join(ROOT, "ARCHITECTURE.md"), "utf8");

/** The block of ARCHITECTURE.md: a folder or `packages`, and its places in columns; imports go to the right. */
const orders = new Map(
  (/```text\n([^`]*)```/.exec(page)?.[1] ?? "")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [folder = "", ...rest] = line.trim().split(/ {2,}/);
      return [
        folder,
        rest
          .join(" ")
          .split("|")
          .map((column) => column.trim().split(" ")),
      ] as const;
    }),
);

/** The column of a place; `*.ts` are the files that the line does not name. */
function columnOf(columns: readonly (readonly string[])[], place: string): number {
  const own = columns.findIndex((column) => column.includes(place));
  return own === -1 && place.endsWith(".ts") ? columns.findIndex((column) => column.includes("*.ts")) : own;
}

const sources = PACKAGES.flatMap((name) => sourcesOf(name));

describe("imports, types too", () => {
  it("are known for every package", () => {
    expect([...orders.keys()].filter((key) => !key.includes("/"))).toEqual(["packages"]);
    for (const name of PACKAGES) expect([...orders.keys()]).toContain(`${name}/src`);
    expect(sources.length).toBeGreaterThan(400);
    expect(sources.filter(({ imports }) => imports.length > 0).length).toBeGreaterThan(300);
  });

  it("go from package to package one way, but for what composes --local", () => {
    const columns = orders.get("packages") ?? [];
    const wrong = sources.flatMap(({ path, packages }) => {
      const own = placeIn("packages", path);
      return packages
        .filter((to) => columnOf(columns, to) <= columnOf(columns, own))
        .map((to) => `${path} imports ${to}`);
    });
    expect(wrong).toEqual([]);
    const composed = sources.filter(
      ({ path, packages }) => path.includes("flow-client") && packages.includes("worker"),
    );
    expect(composed.map(({ path }) => path)).toEqual(["packages/flow-client/src/carry/local.ts"]);
  });

  it("go from package to package one way in tests too", () => {
    const columns = orders.get("packages") ?? [];
    const tests = PACKAGES.flatMap((name) => sourcesOf(name, "test"));
    expect(tests.length).toBeGreaterThan(150);
    const wrong = tests.flatMap(({ path, packages, imports }) => {
      const own = packageOf(path) ?? "";
      return [...packages, ...imports.flatMap((to) => packageOf(to) ?? [])]
        .filter((to) => to !== own && columnOf(columns, to) <= columnOf(columns, own))
        .map((to) => `${path} imports ${to}`);
    });
    expect(wrong).toEqual([]);
  });

  it.each([...orders.keys()].filter((key) => key !== "packages"))("go one way within %s", (folder) => {
    const columns = orders.get(folder) ?? [];
    const of = join("packages", folder);
    const inside = sources.filter(({ path }) => path.startsWith(`${of}/`));
    expect(inside.length).toBeGreaterThan(5);
    const places = new Set(inside.map(({ path }) => placeIn(of, path)));
    expect([...places].filter((place) => columnOf(columns, place) === -1)).toEqual([]);
    const named = columns.flat().filter((place) => place !== "*.ts");
    expect(named.filter((place) => !places.has(place))).toEqual([]);
    const wrong = inside.flatMap(({ path, imports }) => {
      const own = placeIn(of, path);
      return imports
        .filter((to) => to.startsWith(`${of}/`))
        .map((to) => placeIn(of, to))
        .filter((to) => to !== own && !(isRest(columns, own) && isRest(columns, to)))
        .filter((to) => columnOf(columns, to) <= columnOf(columns, own))
        .map((to) => `${path} imports ${to}`);
    });
    expect(wrong).toEqual([]);
  });

  it("make no circle of files", () => {
    expect(circleIn(new Map(sources.map(({ path, imports }) => [path, new Set(imports)])))).toBeUndefined();
  });

  it("make no circle of folders", () => {
    const outer = foldersWithin(sources.map(({ path }) => path));
    const folders = new Map<string, Set<string>>();
    for (const { path, imports } of sources) {
      const own = dirname(path);
      if (outer.has(own)) continue;
      const to = folders.get(own) ?? new Set();
      folders.set(own, to);
      for (const target of imports.map((file) => dirname(file)))
        if (target !== own && !outer.has(target)) to.add(target);
    }
    expect(folders.size).toBeGreaterThan(40);
    expect(circleIn(folders)).toBeUndefined();
  });
});

/** Whether it is one of the files that a line calls `*.ts`: they may import each other. */
function isRest(columns: readonly (readonly string[])[], place: string): boolean {
  return place.endsWith(".ts") && !columns.some((column) => column.includes(place));
}

describe("the table of rooms in ARCHITECTURE.md", () => {
  const rows = [...page.matchAll(/^\| `(packages\/[^`]*)` /gm)].map((match) => match[1] ?? "");

  it("has every room", () => {
    const rooms = PACKAGES.flatMap((name) =>
      readdirSync(join(ROOT, "packages", name, "src"), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => `packages/${name}/src/${entry.name}`),
    );
    expect(rooms.filter((room) => !rows.includes(room) && !rows.includes(`${room}/…`))).toEqual([]);
  });

  it("has no other", () => {
    expect(rows.length).toBeGreaterThan(30);
    expect(rows.filter((row) => !existsSync(join(ROOT, row.replace(/\/…$/, ""))))).toEqual([]);
  });

  it("names folders of those rooms that are named with what is in them", () => {
    for (const [, room = "", told = ""] of page.matchAll(/^\| `(packages\/[^`]*\/…)` +\| (.*)\|$/gm)) {
      const folder = join(ROOT, room.slice(0, -2));
      const there = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
      expect(there.filter(({ name }) => !told.includes(`\`${name}\``)).map(({ name }) => name)).toEqual([]);
    }
  });
});
