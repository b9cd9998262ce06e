import ssh2, { type ParsedKey } from "ssh2";
import { Gate } from "./gate.ts";
import { messageOf } from "./problem.ts";

export interface AgentKey {
  readonly comment: string;
  readonly key: ParsedKey;
  readonly publicBlob: Buffer;
  /** For ssh2: an agent that has this key alone, so that the order of keys is ours. */
  readonly signer: ssh2.BaseAgent<ParsedKey>;
}

/** How long an answer of the agent serves: a burst of logins asks once. */
const KEPT_MS = 2000;
/** An ssh-agent's queue for connections is short, and it signs one after another. */
const SIGNING_AT_ONCE = 16;
const ANSWER_WITHIN_MS = 10_000;

/** One ssh-agent: its keys, and signing with them. */
export class SshAgent {
  readonly #socket: string;
  readonly #gate = new Gate(SIGNING_AT_ONCE);
  #keys: Promise<readonly AgentKey[] | string> | undefined;
  #askedAt = 0;

  constructor(socket: string) {
    this.#socket = socket;
  }

  /** The keys that ssh2 can use, or why the agent cannot be asked. */
  keys(): Promise<readonly AgentKey[] | string> {
    const now = performance.now();
    if (this.#keys === undefined || now - this.#askedAt > KEPT_MS) {
      this.#askedAt = now;
      this.#keys = this.#ask();
    }
    return this.#keys;
  }

  async #ask(): Promise<readonly AgentKey[] | string> {
    const asked = await withTimeout<unknown[]>((callback) => {
      ssh2.createAgent(this.#socket).getIdentities((error, keys) => callback(error, keys));
    });
    if (typeof asked === "string") return `ssh-agent at ${this.#socket}: ${asked}`;
    return asked.flatMap((item): AgentKey[] => {
      const key = ssh2.utils.parseKey(item as ParsedKey);
      if (key instanceof Error) return [];
      return [{ comment: key.comment ?? "", key, publicBlob: key.getPublicSSH(), signer: this.#signer(key) }];
    });
  }

  #signer(key: ParsedKey): ssh2.BaseAgent<ParsedKey> {
    return new OneKeyAgent(key, async (data, options) =>
      this.#gate.run(() =>
        withTimeout<Buffer>((callback) => {
          ssh2.createAgent(this.#socket).sign(key, data, options, callback);
        }),
      ),
    );
  }
}

type Sign = (data: Buffer, options: ssh2.SigningRequestOptions) => Promise<Buffer | string>;

class OneKeyAgent extends ssh2.BaseAgent<ParsedKey> {
  readonly #key: ParsedKey;
  readonly #sign: Sign;

  constructor(key: ParsedKey, sign: Sign) {
    super();
    this.#key = key;
    this.#sign = sign;
  }

  override getIdentities(callback: ssh2.IdentityCallback<ParsedKey>): void {
    callback(undefined, [this.#key]);
  }

  override sign(
    _key: ParsedKey,
    data: Buffer,
    options: ssh2.SigningRequestOptions | ssh2.SignCallback,
    callback?: ssh2.SignCallback,
  ): void {
    const answer = typeof options === "function" ? options : callback;
    void this.#sign(data, typeof options === "function" ? {} : options).then((signed) => {
      if (typeof signed === "string") answer?.(new Error(`ssh-agent did not sign: ${signed}`));
      else answer?.(undefined, signed);
    });
  }
}

/** A callback's value, or what went wrong: never an exception, never for ever. */
function withTimeout<T>(
  ask: (callback: (error: Error | null | undefined, value?: T) => void) => void,
): Promise<T | string> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(`no answer in ${ANSWER_WITHIN_MS} ms`), ANSWER_WITHIN_MS);
    const settle = (value: T | string) => {
      clearTimeout(timer);
      resolve(value);
    };
    try {
      ask((error, value) => settle(value ?? error?.message ?? "no answer"));
    } catch (error) {
      settle(messageOf(error));
    }
  });
}
