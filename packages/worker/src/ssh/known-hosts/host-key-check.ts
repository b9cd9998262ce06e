import { fingerprintOf } from "@roadrunner/core/signing";
import type { HostKeySettings } from "../config/host-settings.ts";
import { judgeHostKey, keyTypeOf, type KnownKey } from "./known-hosts.ts";
import type { KnownForHost, KnownHostsStore, UnreadFile } from "./known-hosts-store.ts";
import type { TransportProblem } from "../../transport/transport.ts";
import { problem } from "../../transport/problem.ts";

export type HostKeyDecision =
  | { readonly kind: "trusted" }
  /** `StrictHostKeyChecking no`: connected to all the same, but no password is given away. */
  | { readonly kind: "unchecked" }
  /** `accept-new`: to be written to known_hosts. */
  | { readonly kind: "new" }
  | { readonly kind: "refused"; readonly problem: TransportProblem };

/** What to do about the key that a server shows. A revoked key is refused however loose the checking is. */
export function decideHostKey(
  where: string,
  blob: Buffer,
  settings: HostKeySettings,
  known: KnownForHost,
): HostKeyDecision {
  const shown = `${keyTypeOf(blob)} ${fingerprintOf(blob)}`;
  const refused = (message: string): HostKeyDecision => ({
    kind: "refused",
    problem: problem("hostKey", message),
  });
  const verdict = judgeHostKey(blob, known.keys, known.alsoKeys);
  switch (verdict.kind) {
    case "known":
      return { kind: "trusted" };
    case "revoked":
      return refused(
        `${where} shows a revoked host key, ${shown} (${whereIs(verdict.by)}): do not use this host before you know why`,
      );
    case "changed":
      if (settings.strict === "no") return { kind: "unchecked" };
      return refused(
        `the host key of ${where} has changed: it shows ${shown}, known is ${verdict.known.map(describe).join(", ")}; ` +
          `if the host was really set up anew, remove what is known (ssh-keygen -R '${settings.names[0]}') and add the new key`,
      );
    case "unknown": {
      const [unread] = missed(known.unread, settings.strict);
      if (unread !== undefined) return { kind: "refused", problem: unreadProblem(where, unread) };
      if (settings.strict !== "yes") return { kind: settings.strict === "no" ? "trusted" : "new" };
      return refused(
        `the host key of ${where} is not known: ${shown} for ${settings.names.join(" or ")} is in none of ` +
          `${settings.files.join(", ")}${authorities(verdict.authorities)}; add it (ssh-keyscan and a look at the ` +
          `fingerprint), or use --strict-host-key-checking accept-new`,
      );
    }
  }
}

/** That a key is not known says nothing where a file that the worker's options name cannot be read. */
export function unreadKnownHosts(
  where: string,
  settings: HostKeySettings,
  known: KnownHostsStore,
): TransportProblem | undefined {
  const [unread] = missed(known.keysFor(settings).unread, settings.strict);
  return unread === undefined ? undefined : unreadProblem(where, unread);
}

/** Files that the key may be in, as far as it matters: with accept-new, one that is not there yet is made. */
function missed(unread: readonly UnreadFile[], strict: HostKeySettings["strict"]): readonly UnreadFile[] {
  if (strict === "no") return [];
  return unread.filter(({ code }) => strict === "yes" || code !== "ENOENT");
}

/** Not the host's fault, and no reason to accept a key that the file may contradict. */
function unreadProblem(where: string, { file, code }: UnreadFile): TransportProblem {
  return problem(
    "local",
    `cannot tell whether the host key of ${where} is known: this worker cannot read ${file} (${code}); ` +
      `mend it, or name another with --known-hosts`,
    { unless: "login" },
  );
}

function describe(key: KnownKey): string {
  return `${key.type} ${fingerprintOf(key.blob)} (${whereIs(key)})`;
}

function whereIs({ file, line }: KnownKey): string {
  return `${file}:${line}`;
}

function authorities(keys: readonly KnownKey[]): string {
  const [first] = keys;
  return first === undefined
    ? ""
    : ` (the @cert-authority line ${whereIs(first)} would vouch for it, but ssh2 knows no host certificates: --transport auto)`;
}
