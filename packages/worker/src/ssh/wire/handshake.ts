import type { Duplex } from "node:stream";
import ssh2, { type Algorithms, type AnyAuthMethod, type Client, type Prompt } from "ssh2";
import { aborted, type Deadline } from "./deadline.ts";
import { beforeGreeting, protocolProblem, type HandshakeStage } from "./handshake-problem.ts";
import type { TransportProblem } from "../../transport/transport.ts";
import type { HandshakeEnd } from "../login/handshake-end.ts";
import type { LoginAttempt, LoginPlan } from "../login/login-plan.ts";
import { signingBy } from "../login/ready-to-sign.ts";
import { chooseSigning } from "../login/signing.ts";
import { messageOf, problem, seconds } from "../../transport/problem.ts";

export interface HandshakeInput {
  readonly stream: Duplex;
  /** The host in messages, such as "db1 (10.0.0.5 port 22)". */
  readonly where: string;
  readonly user: string;
  readonly plan: LoginPlan;
  readonly password: string | undefined;
  readonly algorithms: Algorithms;
  /** Judges the key that the server shows. */
  readonly checkHostKey: (blob: Buffer) => TransportProblem | undefined;
  /** 0: no keep-alive messages. */
  readonly aliveIntervalMs: number;
  readonly aliveCountMax: number;
  readonly deadline: Deadline;
}

/** Key exchange, host key and login on a connected stream; whatever happens ends in one value. */
export function handshake(input: HandshakeInput): Promise<HandshakeEnd> {
  return new Promise((resolve) => {
    new Handshake(input, resolve).start();
  });
}

/** RFC 4253, section 4.2: a greeting has at most 255 bytes. */
const MAX_HEARD = 255;
/** Lines before it are skipped, which ssh2 does by reading all of them again with each chunk. */
const MAX_BEFORE_GREETING = 64 * 1024;

class Handshake {
  readonly #input: HandshakeInput;
  readonly #resolve: (end: HandshakeEnd) => void;
  readonly #client = new ssh2.Client();
  #settled = false;
  #stage: HandshakeStage = "greeting";
  /** The server's software version, once the keys are exchanged. */
  #server: string | undefined;
  #current: LoginAttempt | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopListening = () => {};
  /** What was said before the greeting. */
  #heard = "";
  readonly #unsigned: string[] = [];
  /** The signature algorithms that the server takes, if it told. */
  #signingTaken: readonly string[] | undefined;

  constructor(input: HandshakeInput, resolve: (end: HandshakeEnd) => void) {
    this.#input = input;
    this.#resolve = resolve;
  }

  start(): void {
    const { stream, deadline, user, plan } = this.#input;
    this.#timer = setTimeout(() => this.#fail(this.#late()), deadline.leftMs());
    this.#stopListening = deadline.onAbort(() => this.#fail(aborted()));
    const client = this.#client;
    // It stays for the connection's life: ssh2 reports some failures twice, and some long afterwards.
    client.on("error", (error) => this.#onError(error));
    client.on("close", () => this.#onClose("the server closed the connection"));
    client.on("handshake", () => {
      this.#stage = "login";
      this.#server ??= serverVersion(client) ?? "";
      askForNoProof(client);
    });
    client.on("change password", () =>
      this.#fail(problem("authentication", `${this.#input.where}: the password of ${user} has expired`)),
    );
    client.on("ready", () =>
      this.#settle({ kind: "ready", client, server: this.#server ?? "", by: this.#current }),
    );
    if (stream.destroyed) return this.#onClose("the server closed the connection");
    try {
      client.connect({
        sock: stream,
        username: user,
        readyTimeout: 0,
        keepaliveInterval: this.#input.aliveIntervalMs,
        keepaliveCountMax: this.#input.aliveCountMax,
        // A few compressed bytes can become any number.
        algorithms: { ...this.#input.algorithms, compress: ["none"] },
        hostVerifier: (blob: Buffer) => this.#checkHostKey(blob),
        authHandler: (taken, partial, next) => {
          for (;;) {
            this.#current = plan.next(taken, partial);
            if (this.#current === undefined) break;
            const method = this.#method(this.#current);
            if (method !== undefined) return next(method);
          }
          this.#settle({ kind: "loginRefused", unsigned: this.#unsigned });
        },
      });
      hearSigningAlgorithms(client, (taken) => {
        this.#signingTaken ??= taken;
      });
      this.#hearGreeting();
    } catch (error) {
      this.#fail(problem("local", `cannot connect to ${this.#input.where}: ${messageOf(error)}`));
    }
  }

  /** ssh2 has paused the stream and goes on later: listening as well starts nothing. */
  #hearGreeting(): void {
    const { stream } = this.#input;
    let bytes = 0;
    const hear = (chunk: Buffer) => {
      bytes += chunk.length;
      if (this.#heard.length < MAX_HEARD) this.#heard += chunk.toString("latin1", 0, MAX_HEARD);
      if (serverVersion(this.#client) !== undefined) stream.removeListener("data", hear);
      else if (bytes > MAX_BEFORE_GREETING) {
        stream.removeListener("data", hear);
        const message = `${this.#input.where} sends more than ${MAX_BEFORE_GREETING / 1024} KiB before its greeting`;
        this.#fail(problem("protocol", message, { noRetry: true }));
      }
    };
    stream.on("data", hear);
  }

  #checkHostKey(blob: Buffer): boolean {
    this.#stage = "key exchange";
    const refusal = this.#input.checkHostKey(blob);
    if (refusal !== undefined) this.#fail(refusal);
    return refusal === undefined;
  }

  /** Undefined: the server would not take it. */
  #method(attempt: LoginAttempt): AnyAuthMethod | undefined {
    const { user: username, password = "" } = this.#input;
    switch (attempt.method) {
      case "none":
        return { type: "none", username };
      case "publickey": {
        const { agentKey, privateKey, algorithms } = attempt.identity;
        const algorithm = chooseSigning(algorithms, this.#signingTaken);
        if (algorithm === undefined) {
          this.#input.plan.passOver(
            attempt.identity,
            `${this.#input.where} takes none of ${algorithms.join(", ")}`,
          );
          return undefined;
        }
        // The types lack an agent object and a parsed key, which ssh2 takes.
        const way =
          agentKey === undefined
            ? { type: "publickey", key: privateKey && signingBy(privateKey, algorithm) }
            : { type: "agent", agent: agentKey.signer(algorithm) };
        return { ...way, username } as unknown as AnyAuthMethod;
      }
      case "password":
        return { type: "password", username, password };
      case "keyboard-interactive":
        return { type: "keyboard-interactive", username, prompt: answerOnce(password) };
    }
  }

  #onError(error: Error & { level?: string }): void {
    if (this.#settled) return;
    // The agent would not sign with this key: ssh2 goes on to the next.
    if (error.level === "agent") return this.#noteUnsigned(error.message);
    const isBroken = error.level === "client-socket" || error.message === "Connection lost before handshake";
    if (isBroken && serverVersion(this.#client) === undefined) return this.#onClose(error.message);
    if (this.#stage === "login" && error.level !== "client-timeout") return this.#onClose(error.message);
    if (this.#stage === "greeting" && serverVersion(this.#client) !== undefined) this.#stage = "key exchange";
    this.#fail(protocolProblem(this.#input.where, this.#stage, error));
  }

  #noteUnsigned(why: string): void {
    this.#input.plan.notSigned();
    if (this.#current?.method === "publickey") this.#unsigned.push(`${this.#current.identity.label}: ${why}`);
  }

  #onClose(because: string): void {
    const { where, plan } = this.#input;
    if (this.#stage === "login" && plan.tried.length > 0)
      return this.#settle({ kind: "loginRefused", ended: because, unsigned: this.#unsigned });
    if (serverVersion(this.#client) === undefined)
      return this.#settle(beforeGreeting(where, because, this.#heard));
    const stage = this.#stage === "greeting" ? "key exchange" : this.#stage;
    this.#fail(problem("protocol", `${where}: ${because} (during the ${stage})`));
  }

  #late(): TransportProblem {
    const { where, deadline } = this.#input;
    const attempt = this.#current?.method === "publickey" ? `, trying ${this.#current.identity.label}` : "";
    return problem(
      "timeout",
      `${where} was not ready within ${seconds(deadline.totalMs)}: connected, but no answer during the ${this.#stage}${attempt}`,
    );
  }

  #fail(problem: TransportProblem): void {
    this.#settle({ kind: "failed", problem });
  }

  #settle(end: HandshakeEnd): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#stopListening();
    if (end.kind !== "ready") {
      this.#client.end();
      this.#input.stream.destroy();
    }
    this.#resolve(end);
  }
}

/** ssh2 keeps it to itself; undefined before the greeting. */
function serverVersion(client: Client): string | undefined {
  return (client as unknown as { readonly _remoteVer?: string })._remoteVer;
}

interface ExtensionHandlers {
  EXT_INFO?: (protocol: unknown, extensions: readonly { name: string; algs?: readonly string[] }[]) => void;
}

/** What a server tells of the signatures that it takes (RFC 8308) goes to us and not to ssh2: the choice is ours. */
function hearSigningAlgorithms(client: Client, heard: (taken: readonly string[]) => void): void {
  const protocol = (client as unknown as { readonly _protocol?: { readonly _handlers?: ExtensionHandlers } })
    ._protocol;
  const handlers = protocol?._handlers;
  const own = handlers?.EXT_INFO;
  if (handlers === undefined || own === undefined) return;
  handlers.EXT_INFO = (from, extensions) => {
    const taken = extensions.find(({ name }) => name === "server-sig-algs")?.algs;
    if (taken !== undefined) heard(taken);
    own(from, []);
  };
}

/**
 * An OpenSSH server names all its host keys after the login, and ssh2 has it prove that it holds them, for
 * whoever listens to that: nobody here does, and the proof costs both sides a signature for each key. ssh2
 * leaves it out where the server is no OpenSSH, which it knows by this word alone.
 */
function askForNoProof(client: Client): void {
  (client as unknown as { _remoteVer?: string })._remoteVer = "";
}

/**
 * Gives the password to the first hidden prompt and nothing to any other: a second one asks for something
 * else, or says that the password was wrong.
 */
function answerOnce(password: string) {
  let given = false;
  return (
    _name: string,
    _instructions: string,
    _language: string,
    prompts: Prompt[],
    finish: (answers: string[]) => void,
  ): void => {
    finish(
      prompts.map(({ echo }) => {
        if (given || echo === true) return "";
        given = true;
        return password;
      }),
    );
  };
}
