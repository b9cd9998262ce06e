import { homedir, hostname, userInfo } from "node:os";
import type { LocalBox } from "./tokens.ts";

/** This process's own. */
export function localBox(): LocalBox {
  const { username, uid, homedir: home } = whoAmI();
  return { user: username, uid, home, hostname: hostname(), env: process.env };
}

/** A container's user may have no entry in the password file. */
function whoAmI(): { username: string; uid: number; homedir: string } {
  try {
    return userInfo();
  } catch {
    const uid = process.getuid?.() ?? 0;
    return { username: process.env["USER"] ?? String(uid), uid, homedir: homedir() };
  }
}
