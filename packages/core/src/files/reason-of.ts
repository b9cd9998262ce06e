/** Why the file system refused, to stand behind the path. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return "the disk is full; free some space";
    case "EACCES":
    case "EPERM":
      return "this user may not write there";
    case "ENOENT":
      return "there is no such folder";
    case "EISDIR":
      return "it is a folder; name a file";
    default:
      return code ?? message;
  }
}
