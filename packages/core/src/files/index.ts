/** Files and folders that others on this box can neither read nor exchange. */
export { CheckedFile } from "./checked-file.ts";
export { whyUnread, whyUnwritten } from "./file-errors.ts";
export type { ReadFile } from "./file-version.ts";
export { FileCache, fileVersion, tellsOfTheFile } from "./file-version.ts";
export { writeNewFile } from "./new-file.ts";
export type { PathKind } from "./path-fault.ts";
export { modeFault, pathFault } from "./path-fault.ts";
export { readPrivateFile } from "./private-file.ts";
export { isNamedPipe, readNamedFile } from "./read-file.ts";
export { privateFolder } from "./private-folder.ts";
export { trustedPath } from "./trusted-path.ts";
