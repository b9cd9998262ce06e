import { createConnection } from "node:net";
import ssh2, { type ParsedKey } from "ssh2";
import { parseIdentities, REQUEST_IDENTITIES, type ListedKey } from "./agent-answer.ts";
import { Gate } from "./gate.ts";
import { keyTypeOf } from "../known-hosts/known-hosts.ts";
import { signingBy } from "./ready-to-sign.ts";
import { digestOf } from "./signing.ts";
import { messageOf, seconds } from "../../transport/problem.ts";

export interface AgentKey {
  readonly comment: string;
  readonly publicBlob: Buffer;
  /** For ssh2: an agent that has this key alone, and signs by this algorithm, so that both are ours to choose. */
  readonly signer: (algorithm: string) => ssh2.BaseAgent<ParsedKey>;
}

export interface AgentKeys {
  readonly keys: readonly AgentKey[];
  /** Which ssh2 cannot show, and the box's own ssh can. */
  readonly certificates: readonly ListedKey[];
  /** Kinds of keys that it holds and ssh2 cannot use: certificates, security keys. */
  readonly kindsBeyondUs: readonly string[];
  /** Why the agent cannot be asked, or keys of it cannot be used. */
  readonly unusable: readonly string[];
}

/** In the type of each certificate. */
const CERTIFICATE = "-cert-v01@";
/** How long an answer of the agent serves: a burst of logins asks once. */
const KEPT_MS = 2000;
/** An ssh-agent's queue for connections is short, and it signs one after another. */
const AT_ONCE = 16;
const ANSWER_WITHIN_MS = 10_000;

/** One ssh-agent: its keys, and signing with them. */
export class SshAgent {
  readonly #socket: string;
  readonly #gate = new Gate(AT_ONCE);
  #keys: Promise<AgentKeys> | undefined;
  #askedAt = 0;

  constructor(socket: string) {
    this.#socket = socket;
  }

  keys(): Promise<AgentKeys> {
    const now = performance.now();
    if (this.#keys === undefined || now - this.#askedAt > KEPT_MS) {
      this.#askedAt = now;
      this.#keys = this.#ask();
    }
    return this.#keys;
  }

  async #ask(): Promise<AgentKeys> {
    const listed = await this.#gate.run(() => listKeys(this.#socket));
    if (typeof listed === "string")
      return {
        keys: [],
        certificates: [],
        kindsBeyondUs: [],
        unusable: [`ssh-agent at ${this.#socket}: ${listed}`],
      };
    const keys: AgentKey[] = [];
    const unusable: string[] = [];
    const kindsBeyondUs: string[] = [];
    for (const { blob, comment } of listed) {
      const key = ssh2.utils.parseKey(blob);
      if (key instanceof Error) {
        kindsBeyondUs.push(keyTypeOf(blob));
        unusable.push(`agent key ${comment} (${keyTypeOf(blob)}): keys of this kind are not supported`);
      } else
        keys.push({
          comment,
          publicBlob: key.getPublicSSH(),
          signer: (algorithm) => this.#signer(key, algorithm),
        });
    }
    const certificates = listed.filter(({ blob }) => keyTypeOf(blob).includes(CERTIFICATE));
    return { keys, certificates, kindsBeyondUs, unusable };
  }

  #signer(key: ParsedKey, algorithm: string): ssh2.BaseAgent<ParsedKey> {
    const hash = digestOf(algorithm);
    return new OneKeyAgent(signingBy(key, algorithm), (data, asked) =>
      this.#gate.run(() =>
        answered<Buffer>((settle) => {
          ssh2
            .createAgent(this.#socket)
            .sign(key, data, hash === undefined ? asked : { hash }, (error, signed) =>
              settle(signed ?? messageOf(error)),
            );
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

function listKeys(path: string): Promise<readonly ListedKey[] | string> {
  return answered((settle) => {
    let bytes = Buffer.alloc(0);
    const socket = createConnection({ path });
    const finish = (value: readonly ListedKey[] | string) => {
      socket.destroy();
      settle(value);
    };
    socket.on("error", (error) => finish(error.message));
    socket.on("close", () => finish("it closed the connection"));
    socket.on("data", (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      const answer = parseIdentities(bytes);
      if (answer.kind === "keys") finish(answer.keys);
      else if (answer.kind === "refused") finish("it does not list its keys");
    });
    socket.write(REQUEST_IDENTITIES);
    return () => socket.destroy();
  });
}

/** What `ask` settles, or what went wrong: never an exception, never for ever. */
function answered<T>(ask: (settle: (value: T | string) => void) => (() => void) | void): Promise<T | string> {
  return new Promise((resolve) => {
    let stop: (() => void) | void;
    const timer = setTimeout(() => {
      stop?.();
      resolve(`no answer in ${seconds(ANSWER_WITHIN_MS)}`);
    }, ANSWER_WITHIN_MS);
    const settle = (value: T | string) => {
      clearTimeout(timer);
      resolve(value);
    };
    try {
      stop = ask(settle);
    } catch (error) {
      settle(messageOf(error));
    }
  });
}
