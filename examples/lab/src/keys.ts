import ssh2 from "ssh2";

export interface KeyPair {
  /** OpenSSH private key file. */
  readonly private: string;
  /** "ssh-ed25519 AAAA…" */
  readonly public: string;
}

/** A fresh ed25519 key. About one in 200 that ssh2 1.17 makes it cannot read itself: those are thrown away. */
export function makeKey(): KeyPair {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync("ed25519");
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) return pair;
  }
}
