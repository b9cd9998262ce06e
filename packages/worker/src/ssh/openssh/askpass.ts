import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fail, succeed, type Result } from "@roadrunner/core";
import type { TransportProblem } from "../../transport/transport.ts";
import { problem } from "../../transport/problem.ts";
import type { SshOptions } from "../config/options.ts";
import { firstLine } from "../login/key-files.ts";
import { boxFault } from "../../transport/box-fault.ts";

/** Answers what ssh asks, by the first line of the worker's files; nothing else, such as an unknown host key. */
const ASKPASS = `#!/bin/sh
case "$1" in
"Enter passphrase for "*) file=$RR_PASSPHRASE_FILE ;;
*[Nn]"ew password"*) exit 1 ;;
*[Pp]assword*) file=$RR_PASSWORD_FILE ;;
*) exit 1 ;;
esac
[ -n "$file" ] && IFS= read -r line <"$file" || [ -n "$line" ] || exit 1
printf '%s\\n' "$line"
`;

/** Puts the program into `folder`; the environment by which ssh finds it. */
export function askpass(
  folder: string,
  options: SshOptions,
  mayGivePassword: boolean,
): Result<NodeJS.ProcessEnv, TransportProblem> {
  const path = join(folder, "askpass");
  try {
    if (!existsSync(path)) writeFileSync(path, ASKPASS, { mode: 0o700 });
  } catch (error) {
    return fail(problem("local", `cannot write what answers ssh's questions: ${boxFault(error)}`));
  }
  const { passphraseFile } = options;
  return succeed({
    SSH_ASKPASS: path,
    SSH_ASKPASS_REQUIRE: "force",
    // For an ssh that does not know that variable yet.
    DISPLAY: process.env["DISPLAY"] ?? ":0",
    // As for ssh2: one that others can read or change is none.
    RR_PASSPHRASE_FILE: passphraseFile !== undefined && firstLine(passphraseFile).ok ? passphraseFile : "",
    RR_PASSWORD_FILE: mayGivePassword ? (options.passwordFile ?? "") : "",
  });
}
