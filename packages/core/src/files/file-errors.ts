/** Why the file system lets this user not read what is at a path, to stand behind it. */
export function whyUnread(error: unknown): string {
  return saying(error, {
    ENOENT: "there is no such file",
    EACCES: "this user may not read it",
    EPERM: "this user may not read it",
    EISDIR: IS_FOLDER,
    ELOOP: "it is a symbolic link; name the file itself",
  });
}

/** Why it lets this user not write there. */
export function whyUnwritten(error: unknown): string {
  return saying(error, {
    ENOSPC: IS_FULL,
    EDQUOT: IS_FULL,
    EACCES: "this user may not write there",
    EPERM: "this user may not write there",
    ENOENT: "there is no such folder",
    EISDIR: IS_FOLDER,
  });
}

const IS_FOLDER = "it is a folder; name a file";
const IS_FULL = "the disk is full; free some space";

function saying(error: unknown, words: Readonly<Record<string, string>>): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return words[code ?? ""] ?? code ?? message;
}
