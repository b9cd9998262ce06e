import { existsSync } from "node:fs";
import { join } from "node:path";
import { FileCache, type ReadFile } from "@roadrunner/core/files";
import type { HostSettings } from "../config/host-settings.ts";
import type { LocalBox } from "../config/tokens.ts";
import type { KnownHostsStore } from "../known-hosts/known-hosts-store.ts";
import type { Credentials } from "../login/credentials.ts";

/** What ssh2 cannot do for a host and the box's own ssh can: it is looked for when a connection is to be made. */
export class Needs {
  readonly #known: KnownHostsStore;
  readonly #credentials: Credentials;
  readonly #box: LocalBox;
  readonly #securityKeys = new FileCache(isSecurityKey);

  constructor(known: KnownHostsStore, credentials: Credentials, box: LocalBox) {
    this.#known = known;
    this.#credentials = credentials;
    this.#box = box;
  }

  /** Why the host is to be reached by the box's own ssh; undefined: ssh2 will do. */
  async of(settings: HostSettings): Promise<string | undefined> {
    const { beyondUs, login, hostKey } = settings;
    if (beyondUs.length > 0) return beyondUs[0];
    const usual = login.identitiesAreNamed
      ? []
      : SECURITY_KEY_FILES.map((name) => join(this.#box.home, name));
    for (const path of [...login.identityFiles, ...usual]) {
      if (existsSync(`${path}-cert.pub`)) return `the certificate ${path}-cert.pub`;
      if (this.#securityKeys.get(path) || this.#securityKeys.get(`${path}.pub`))
        return `the security key ${path}`;
    }
    const authority = this.#known.keysFor(hostKey).keys.find(({ marker }) => marker === "cert-authority");
    if (authority !== undefined) return `@cert-authority (${authority.file}:${authority.line})`;
    const ticket = ticketIn(this.#box);
    if (ticket !== undefined && settings.isKerberosOn) return `a Kerberos ticket (${ticket})`;
    if (login.identitiesOnly) return undefined;
    const { keys, kindsBeyondUs } = await this.#credentials.agentKeys(settings);
    const certificate = kindsBeyondUs.find((kind) => kind.includes("-cert-v01@"));
    const kind = certificate ?? (keys.length === 0 ? kindsBeyondUs[0] : undefined);
    return kind === undefined ? undefined : `a key of the agent (${kind})`;
  }
}

/** ssh looks for these, too, where no IdentityFile is named. */
const SECURITY_KEY_FILES = [".ssh/id_ecdsa_sk", ".ssh/id_ed25519_sk"];
const SECURITY_KEYS = ["sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"];
const MOST_KEY_BYTES = 64 * 1024;

/** A public key says its kind in words, an OpenSSH private key in its public part. */
function isSecurityKey(read: ReadFile): boolean {
  if (!read.ok) return false;
  const text = read.value.toString("latin1", 0, MOST_KEY_BYTES);
  const body = /^-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----/.exec(text)?.[1];
  const words = body === undefined ? text : Buffer.from(body, "base64").toString("latin1");
  return SECURITY_KEYS.some((kind) => words.includes(kind));
}

/** Where the box keeps Kerberos tickets, if it has any in sight. */
function ticketIn({ env, uid }: LocalBox): string | undefined {
  const named = env["KRB5CCNAME"];
  if (named !== undefined && named !== "") return named;
  const usual = `/tmp/krb5cc_${uid}`;
  return existsSync(usual) ? usual : undefined;
}
