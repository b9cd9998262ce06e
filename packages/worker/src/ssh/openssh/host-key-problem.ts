import type { TransportProblem } from "../../transport/transport.ts";
import { problem } from "../../transport/problem.ts";

interface Asked {
  readonly where: string;
  readonly lines: readonly string[];
}

/** Why ssh did not take a host's key or certificate; undefined: it did, or never saw one. */
export function hostKeyProblem(
  { where, lines }: Asked,
  words: readonly string[],
): TransportProblem | undefined {
  if (!words.some((line) => /^Host key verification failed\.?$/.test(line))) return undefined;
  const find = (among: readonly string[], pattern: RegExp) => {
    for (const line of among) {
      const match = pattern.exec(line);
      if (match !== null) return match;
    }
    return undefined;
  };
  const [, type = "a key", print = ""] =
    find(lines.toReversed(), /^debug1: Server host (?:key|certificate): ([^\s,]+) ([^\s,]+)/) ?? [];
  const shown = `${type} ${print}`.trim();
  const [, file, line] = find(words, /^Offending .* in (.+):(\d+)$/) ?? [];
  const at = file === undefined ? "" : ` (${file}:${line})`;
  if (words.some((one) => /REVOKED HOST KEY|was revoked/.test(one)))
    return problem(
      "hostKey",
      `${where} shows a revoked host key, ${shown}: do not use this host before you know why`,
    );
  const certificate = find(words, /^(?:Host )?[Cc]ertificate (?:invalid|host mismatch)?:? ?(.*)$/);
  if (certificate !== undefined) return problem("hostKey", certificateMessage(where, certificate[0], lines));
  if (
    words.some((one) => /has changed and you have requested strict|HOST IDENTIFICATION HAS CHANGED/.test(one))
  ) {
    const name = find(words, /^\s*ssh-keygen -f .* -R "?([^"]*)"?$/)?.[1];
    const remove = name === undefined ? "" : ` (ssh-keygen -R '${name}')`;
    return problem(
      "hostKey",
      `the host key of ${where} has changed: it shows ${shown}, another is known${at}; if the host was really set up ` +
        `anew, remove what is known${remove} and add the new key`,
    );
  }
  const unknown = find(words, /^No \S+ host key is known for (\S+) /)?.[1];
  return problem(
    "hostKey",
    `the host key of ${where} is not known: ${shown}${unknown === undefined ? "" : ` for ${unknown}`} is in none of ssh's ` +
      `known_hosts files; add it (ssh-keyscan and a look at the fingerprint), or use --strict-host-key-checking ` +
      `accept-new`,
  );
}

function certificateMessage(where: string, why: string, lines: readonly string[]): string {
  const valid = lines
    .map((line) => /^debug1: Server host certificate: .* valid (.*)$/.exec(line)?.[1])
    .findLast((found) => found !== undefined);
  return `${where} shows a host certificate that ssh does not take: ${why}${valid === undefined ? "" : ` (valid ${valid})`}`;
}
