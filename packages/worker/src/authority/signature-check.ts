import { fail, succeed, type Result } from "@roadrunner/core";
import { CheckedFile } from "@roadrunner/core/files";
import {
  MessageCheck,
  parseAllowedSigners,
  parseRevokedSigners,
  type AllowedSigner,
  type RevokedSigners,
} from "@roadrunner/core/signing";

/** Checks messages by the files of those who may sign and who may no more, as they are now. */
export class SignatureCheck {
  readonly #allowed: CheckedFile<readonly AllowedSigner[]>;
  readonly #revoked: CheckedFile<RevokedSigners> | undefined;
  #kept: Kept | undefined;

  constructor(allowedSigners: string, revokedSigners: string | undefined) {
    this.#allowed = CheckedFile.ofText(allowedSigners, parseAllowedSigners);
    this.#revoked =
      revokedSigners === undefined ? undefined : new CheckedFile(revokedSigners, parseRevokedSigners);
  }

  /** Or everything that is wrong with the files. */
  get(): Result<MessageCheck, readonly string[]> {
    const [allowed, revoked] = [this.#allowed.get(), this.#revoked?.get()];
    if (!allowed.ok || revoked?.ok === false)
      return fail([allowed, revoked].flatMap((file) => (file?.ok === false ? file.error : [])));
    const kept = this.#kept;
    if (kept?.allowed === allowed.value && kept.revoked === revoked?.value) return succeed(kept.check);
    const check = new MessageCheck(allowed.value, revoked?.value);
    this.#kept = { allowed: allowed.value, revoked: revoked?.value, check };
    return succeed(check);
  }
}

interface Kept {
  readonly allowed: readonly AllowedSigner[];
  readonly revoked: RevokedSigners | undefined;
  readonly check: MessageCheck;
}
