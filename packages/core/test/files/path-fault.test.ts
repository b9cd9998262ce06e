import { chmodSync, chownSync, lchownSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathFault, type PathKind } from "@roadrunner/core/files";
import { afterAll, describe, expect, it } from "vitest";
import { makeTempDir } from "../../../../test/support/temp-dir.ts";

const temp = makeTempDir("trusted");
afterAll(() => temp.remove());
const OTHER = 4711;
let count = 0;

interface Layout {
  /** Modes of two folders, one in the other, and of the file in them. */
  readonly outer?: number;
  readonly inner?: number;
  readonly file?: number;
  readonly owners?: Partial<Record<"outer" | "inner" | "file", number>>;
}

function layout({ outer = 0o755, inner = 0o755, file = 0o600, owners = {} }: Layout = {}) {
  count += 1;
  const top = join(temp.path, `top${count}`);
  const folder = join(top, "folder");
  const path = join(folder, "file");
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, "");
  for (const [at, mode, owner] of [
    [path, file, owners.file],
    [folder, inner, owners.inner],
    [top, outer, owners.outer],
  ] as const) {
    chmodSync(at, mode);
    if (owner !== undefined) chownSync(at, owner, owner);
  }
  return { top, folder, path };
}

// The temp folder itself is closed to others: looked at from within an open one, its modes count.
chmodSync(temp.path, 0o755);
const fault = (of: Layout, kind: PathKind = "public") => pathFault(layout(of).path, kind);

describe("a file that decides something", () => {
  it.each<[string, Layout]>([
    ["is its owner's", {}],
    ["may be read by others", { file: 0o644 }],
    ["lies in a folder that keeps what is in it for its owner", { outer: 0o1777, inner: 0o1777 }],
    ["lies in a folder that nobody else can enter", { outer: 0o700, inner: 0o777 }],
  ])("is taken when it %s", (_, of) => {
    expect(fault(of)).toBeUndefined();
  });

  it.each<[string, Layout, RegExp]>([
    [
      "others may write it",
      { file: 0o602 },
      /^may be written by others than its owner \(mode 0602\); chmod go-w it$/,
    ],
    ["its group may write it", { file: 0o660 }, /\(mode 0660\)/],
    ["it is another's", { owners: { file: OTHER } }, /^belongs to another user \(uid 4711\); chown it$/],
    [
      "others may write its folder",
      { inner: 0o777 },
      /^lies in .*\/folder, which others may write \(mode 0777\); chmod go-w /,
    ],
    ["a group may write its folder", { inner: 0o775 }, /\/folder, .*\(mode 0775\)/],
    ["others may write a folder above", { outer: 0o777 }, /^lies in .*\/top\d+, which others may write/],
    [
      "its folder is another's",
      { owners: { inner: OTHER } },
      /^lies behind .*\/folder, which belongs to another user/,
    ],
    [
      "a folder above is another's",
      { owners: { outer: OTHER } },
      /^lies behind .*\/top\d+, which belongs to another/,
    ],
    [
      "it is another's in a folder like /tmp",
      { inner: 0o1777, owners: { file: OTHER } },
      /^belongs to another user/,
    ],
    ["others may write it in a closed folder", { outer: 0o700, file: 0o666 }, /^may be written/],
  ])("is refused when %s", (_, of, why) => {
    expect(fault(of)).toMatch(why);
    expect(fault(of, "secret")).toMatch(why);
  });

  it("is refused as a secret when others may read it", () => {
    expect(fault({ file: 0o640 }, "secret")).toMatch(
      /^may be read by others than its owner \(mode 0640\); chmod 600 it$/,
    );
    expect(fault({ file: 0o400 }, "secret")).toBeUndefined();
  });

  it("is as good as each link and folder on the way to it", () => {
    const { folder } = layout();
    const good = layout();
    const open = layout({ inner: 0o777 });
    const sticky = layout({ inner: 0o1777 });
    symlinkSync(good.path, join(folder, "to-good"));
    symlinkSync(open.path, join(folder, "to-open"));
    symlinkSync(good.path, join(open.folder, "from-open"));
    symlinkSync(good.path, join(sticky.folder, "planted"));
    lchownSync(join(sticky.folder, "planted"), OTHER, OTHER);
    symlinkSync(folder, join(folder, "itself"));
    symlinkSync("loop", join(folder, "loop"));
    expect(pathFault(join(folder, "to-good"), "secret")).toBeUndefined();
    expect(pathFault(join(folder, "itself", "itself", "to-good"), "secret")).toBeUndefined();
    expect(pathFault(join(folder, "to-open"), "public")).toMatch(/which others may write/);
    expect(pathFault(join(open.folder, "from-open"), "public")).toMatch(/which others may write/);
    expect(pathFault(join(sticky.folder, "planted"), "public")).toMatch(
      /planted, which belongs to another user/,
    );
    expect(pathFault(join(folder, "loop"), "public")).toMatch(/too many symbolic links/);
  });

  it("is looked at where the kernel opens it, when the path goes up behind a link", () => {
    const open = layout({ inner: 0o777 });
    const { top, folder, path } = layout();
    mkdirSync(join(open.folder, "below"));
    symlinkSync(join(open.folder, "below"), join(folder, "aside"));
    expect(pathFault(`${folder}/aside/../file`, "public")).toMatch(/which others may write/);
    symlinkSync("aside/../file", join(folder, "to-aside"));
    expect(pathFault(join(folder, "to-aside"), "public")).toMatch(/which others may write/);
    expect(pathFault(`${folder}/../folder/./file`, "public")).toBeUndefined();
    expect(pathFault(`${folder}/..`, "public")).toBeUndefined();
    chmodSync(folder, 0o1777);
    expect(pathFault(path, "public")).toBeUndefined();
    expect(pathFault(`${top}/none/../folder`, "public")).toBe("cannot be looked at (ENOENT)");
    // The folder below is its own way through the open one.
    expect(pathFault(`${open.folder}/below/..`, "public")).toMatch(/^lies in /);
    expect(pathFault(`${open.folder}/.`, "public")).toMatch(/^may be written by others/);
  });

  it("is trusted of root by everybody, and of nobody else", () => {
    const { path } = layout();
    expect(pathFault(path, "public", OTHER)).toBeUndefined();
    const own = layout({ owners: { outer: OTHER, inner: OTHER, file: OTHER } });
    expect(pathFault(own.path, "secret", OTHER)).toBeUndefined();
    expect(pathFault(own.path, "secret", OTHER + 1)).toMatch(/belongs to another user/);
  });

  it("is told when it cannot be looked at; /dev/null may be written by anybody", () => {
    expect(pathFault(join(temp.path, "none"), "public")).toBe("cannot be looked at (ENOENT)");
    expect(pathFault("/dev/null", "public")).toBeUndefined();
  });
});
