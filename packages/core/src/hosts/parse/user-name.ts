import { shorten } from "./host-name.ts";
import type { Fault } from "../problem.ts";

/** Far beyond what any system gives (Linux: 32). */
const MAX_USER_LENGTH = 255;

/**
 * Why this cannot be a user name, or undefined. The characters are those that OpenSSH's ssh(1) takes
 * before `@` on its command line, without the ones that mean something in a host expression.
 */
export function userNameFault(user: string): Fault | undefined {
  if (user === "") return { message: 'the user name before "@" is empty' };
  if (user.endsWith("@")) {
    return {
      message: "a user cannot be given to a group",
      hint: "write the user in the group's expression: root@db[1-3]",
    };
  }
  if (user.length > MAX_USER_LENGTH) {
    return { message: `the user name has ${user.length} characters`, hint: `at most ${MAX_USER_LENGTH}` };
  }
  if (user.startsWith("-")) {
    return { message: 'the user name begins with "-"', hint: "ssh would take it for an option" };
  }
  if (user.includes(":")) {
    return {
      message: 'the user name holds a ":"',
      hint: "no password can be written here: the workers hold the credentials",
    };
  }
  if (/['"`;<>|(){}[\]*?\s\p{C}\p{Z}]/u.test(user) || user.endsWith("\\")) {
    return {
      message: `"${shorten(user.replaceAll(/[\p{C}\p{Z}]/gu, "�"))}" is not a user name`,
      hint: "a user name has no white space, quotes, brackets or shell characters; ranges belong to the host",
    };
  }
  return undefined;
}
