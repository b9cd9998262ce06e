import { resolve } from "node:path";
import type { ConfigFile } from "../config/config-line.ts";
import type { SshOptions } from "../config/options.ts";

/** Keep-alive that ssh has by itself is none; a worker has nobody who would notice a silent host. */
const DEFAULTS = [
  "ServerAliveInterval 10",
  "ServerAliveCountMax 3",
  "StrictHostKeyChecking yes",
  "UpdateHostKeys no",
];

/**
 * The ssh_config that the box's ssh is given: the worker's options, then the operator's files, then our defaults; of
 * each directive ssh takes the first. It is a file and no options, since ssh hands on to a jump host's ssh only that.
 */
export function clientConfig(
  options: SshOptions,
  files: readonly ConfigFile[],
  defaultFiles: readonly string[],
): string {
  const { knownHostsFiles, identities = [], ignoreDirectives = [], strictHostKeyChecking } = options;
  const ignored = [...ignoreDirectives, ...ignoredIn(files)];
  const known = knownHostsFiles?.map(quoted).join(" ");
  return [
    ...(ignoreDirectives.length === 0 ? [] : [`IgnoreUnknown ${ignored.join(",")}`]),
    ...(asksNobody(options) ? ["BatchMode yes"] : ["BatchMode no", "NumberOfPasswordPrompts 1"]),
    // With nothing to answer ssh would send an empty one, which counts as a try.
    ...(options.passwordFile === undefined
      ? ["PasswordAuthentication no", "KbdInteractiveAuthentication no"]
      : []),
    ...(strictHostKeyChecking === undefined ? [] : [`StrictHostKeyChecking ${strictHostKeyChecking}`]),
    ...(known === undefined ? [] : [`UserKnownHostsFile ${known}`, "GlobalKnownHostsFile /dev/null"]),
    ...identities.map((path) => `IdentityFile ${quoted(path)}`),
    ...(options.sshConfigFiles ?? defaultFiles).map((path) => `Include ${quotedPattern(path)}`),
    "Host *",
    ...DEFAULTS,
    "",
  ].join("\n");
}

/** Nothing is there that could be answered with. */
export function asksNobody({ passphraseFile, passwordFile }: SshOptions): boolean {
  return passphraseFile === undefined && passwordFile === undefined;
}

/** ssh takes the first IgnoreUnknown alone, and ours comes first. */
function ignoredIn(files: readonly ConfigFile[]): readonly string[] {
  return files.flatMap(({ lines }) =>
    lines.flatMap(({ keyword, args, included }) =>
      keyword === "ignoreunknown" ? args.slice(0, 1) : ignoredIn(included ?? []),
    ),
  );
}

/** A path as one word, in which ssh finds no token and no variable of its own. */
function quoted(path: string): string {
  return `"${resolve(path)
    .replaceAll("%", "%%")
    .replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/** Include takes patterns, and no tokens. */
function quotedPattern(path: string): string {
  return `"${resolve(path).replaceAll(/["\\*?[\]]/g, String.raw`\$&`)}"`;
}
