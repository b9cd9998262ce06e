import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { privateFolder, trustedPath, writeNewFile } from "@roadrunner/core/files";
import { failOnLeftovers } from "../support/leak-check.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

failOnLeftovers();

const NOBODY = 65534;

let temp: TempDir;
let dir = "";
beforeEach(() => {
  temp = makeTempDir("files");
  dir = realpathSync(temp.path);
});
afterEach(() => temp.remove());

const at = (...names: string[]): string => join(dir, ...names);

function folder(name: string, mode = 0o755): string {
  mkdirSync(at(name));
  chmodSync(at(name), mode);
  return at(name);
}

/** What another user has made; the tests run as root. */
function foreign(path: string): string {
  chownSync(path, NOBODY, NOBODY);
  return path;
}

/** A link that another user has put there. */
function plantLink(path: string, target: string): void {
  symlinkSync(target, path);
  lchownSync(path, NOBODY, NOBODY);
}

describe("trustedPath", () => {
  it("goes through own links, and takes what is not there yet", () => {
    folder("a");
    symlinkSync("a", at("own"));
    expect(trustedPath(at("own", "new", "er"))).toEqual({ ok: true, value: at("a", "new", "er") });
    expect(trustedPath(at("own", "..", "a", ".", "x"))).toEqual({ ok: true, value: at("a", "x") });
  });

  it.each([
    ["a folder of another user", () => foreign(folder("f")), /belongs to another user/],
    ["a folder that everybody may write", () => folder("f", 0o777), /others may replace what is in/],
    ["a folder of a group", () => (chownSync(folder("f", 0o775), 0, 50), at("f")), /others may replace/],
    [
      "a link to one of them",
      () => (foreign(folder("f")), symlinkSync(at("f"), at("l")), at("l")),
      /belongs to another user/,
    ],
    ["links in a circle", () => (symlinkSync("l", at("l")), at("l")), /link in a circle/],
  ])("refuses %s, wherever it stands on the way", (_, make, why) => {
    const path = make();
    for (const below of [join(path, "x"), join(path, "x", "y")])
      expect(trustedPath(below)).toEqual({ ok: false, error: expect.stringMatching(why) as string });
  });

  it("takes a sticky folder of everybody, as /tmp is one, but no link of another user in it", () => {
    const sticky = folder("s", 0o1777);
    expect(trustedPath(join(sticky, "x"))).toEqual({ ok: true, value: join(sticky, "x") });
    plantLink(join(sticky, "l"), dir);
    expect(trustedPath(join(sticky, "l"))).toEqual({
      ok: false,
      error: `${join(sticky, "l")} is a link of another user; name another path`,
    });
  });

  it("takes a folder that this user's own group may write", () => {
    expect(trustedPath(join(folder("g", 0o775), "x")).ok).toBe(true);
    expect(trustedPath(at("g")).ok).toBe(true);
  });

  it("goes up from where a link leads, as the kernel does", () => {
    mkdirSync(join(folder("open", 0o777), "below"));
    symlinkSync(at("open", "below"), at("aside"));
    expect(trustedPath(`${at("aside")}/..`)).toMatchObject({ ok: false });
    chmodSync(at("open"), 0o755);
    expect(trustedPath(`${at("aside")}/..`)).toEqual({ ok: true, value: at("open") });
    expect(trustedPath(`${at("aside")}/../..`)).toEqual({ ok: true, value: dir });
    expect(trustedPath(`${dir}/../../../../../..`)).toEqual({ ok: true, value: "/" });
  });

  it("tells of what cannot be looked at, and throws nothing", () => {
    const long = "x".repeat(300);
    const error = `${at(long)} cannot be looked at (ENAMETOOLONG); name another path`;
    expect(trustedPath(at(long, "y"))).toEqual({ ok: false, error });
    expect(privateFolder(at(long))).toEqual({ ok: false, error });
  });
});

describe("writeNewFile", () => {
  it("makes a private file, and leaves nothing of what was there: no content, no mode, no second name", () => {
    writeFileSync(at("run.html"), "old and longer than what is new", { mode: 0o666 });
    chmodSync(at("run.html"), 0o666);
    expect(writeNewFile(at("run.html"), ["n", "ew"])).toEqual({ ok: true, value: undefined });
    expect(readFileSync(at("run.html"), "utf8")).toBe("new");
    expect(statSync(at("run.html")).mode & 0o777).toBe(0o600);
    expect(readdirSync(dir)).toEqual(["run.html"]);
  });

  it("follows an own link, and takes devices and pipes as they are", () => {
    folder("reports");
    symlinkSync("reports/run.html", at("latest"));
    expect(writeNewFile(at("latest"), ["x"]).ok).toBe(true);
    expect(readFileSync(at("reports", "run.html"), "utf8")).toBe("x");
    expect(writeNewFile("/dev/null", ["x"]).ok).toBe(true);
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
    expect(writeNewFile("/dev/full", ["x"])).toEqual({
      ok: false,
      error: "cannot write /dev/full: the disk is full; free some space",
    });
  });

  it.each([
    ["a file of another user", (path: string) => (writeFileSync(path, "his"), foreign(path))],
    ["a link of another user, and what it names", (path: string) => plantLink(path, at("precious"))],
    ["a folder", (path: string) => mkdirSync(path)],
  ])("leaves %s alone", (_, plant) => {
    const sticky = folder("s", 0o1777);
    writeFileSync(at("precious"), "precious");
    plant(join(sticky, "run.html"));
    const before = statSync(join(sticky, "run.html"));
    const written = writeNewFile(join(sticky, "run.html"), ["x"]);
    expect(written).toMatchObject({ ok: false });
    expect(statSync(join(sticky, "run.html"))).toMatchObject({ ino: before.ino, mode: before.mode });
    expect(readdirSync(sticky)).toEqual(["run.html"]);
    expect(readFileSync(at("precious"), "utf8")).toBe("precious");
  });

  it("leaves what was there when it cannot write the whole of it", () => {
    writeFileSync(at("run.html"), "old");
    const pieces = function* (): Iterable<string> {
      yield "half";
      throw Object.assign(new Error("disk"), { code: "ENOSPC" });
    };
    expect(writeNewFile(at("run.html"), pieces())).toMatchObject({ ok: false });
    expect(readFileSync(at("run.html"), "utf8")).toBe("old");
    expect(readdirSync(dir)).toEqual(["run.html"]);
  });
});

describe("privateFolder", () => {
  it("makes it for its owner only, and takes one that is so already", () => {
    expect(privateFolder(at("a", "b"))).toEqual({ ok: true, value: at("a", "b") });
    expect(statSync(at("a", "b")).mode & 0o777).toBe(0o700);
    expect(privateFolder(at("a", "b")).ok).toBe(true);
  });

  it.each([
    ["another user's", () => foreign(folder("f", 0o777)), /belongs to another user/],
    ["one that its group may write", () => folder("f", 0o770), /may be written by others/],
    ["a file", () => (writeFileSync(at("f"), ""), at("f")), /: EEXIST|is no folder/],
  ])("refuses %s", (_, make, why) => {
    expect(privateFolder(make())).toEqual({ ok: false, error: expect.stringMatching(why) as string });
  });
});
