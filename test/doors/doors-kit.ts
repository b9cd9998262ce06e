import { writeFileSync } from "node:fs";
import { Agent, request as encrypted, type RequestOptions } from "node:https";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { LOGIN_NAMESPACE, loginText, signSsh, type OperatorKey } from "@roadrunner/core/signing";
import { API, type LoggedIn, type Problem } from "@roadrunner/engine/api";
import { keyOfFile } from "../security/sign-as.ts";
import { makeKeys, type Keys } from "../security/keys.ts";
import type { ChildProgram } from "../support/child-program.ts";
import { findFreePort } from "../support/free-port.ts";
import { startCoordinator } from "../support/processes.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { authorityOf, makeCertificate, type CertificateFiles } from "./certificates.ts";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly json: unknown;
}

type Said = Partial<Parameters<typeof loginText>[0]>;

export interface Asking {
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly localAddress?: string;
}

/** An rr-coordinator at a port of this box, with TLS, and operators' keys. */
export class DoorsKit {
  readonly home: TempDir;
  readonly keys: Keys;
  readonly port: number;
  readonly certificate: CertificateFiles;
  readonly allowed: string;
  readonly roles: string;
  readonly revoked: string;
  readonly #args: readonly string[];
  readonly #agent = new Agent({ keepAlive: true });
  program!: ChildProgram;

  readonly #env: Readonly<Record<string, string>>;

  private constructor(
    home: TempDir,
    keys: Keys,
    port: number,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
  ) {
    this.#env = env;
    this.home = home;
    this.keys = keys;
    this.port = port;
    this.#args = args;
    this.certificate = makeCertificate(home.path, "server");
    this.allowed = join(keys.path, "allowed_signers");
    this.roles = join(home.path, "roles.json");
    this.revoked = join(home.path, "revoked");
    writeFileSync(this.allowed, "");
    writeFileSync(this.revoked, "");
    this.giveRoles({ "*": "own" });
  }

  /** @param env a store with a password is named there */
  static async start(
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): Promise<DoorsKit> {
    const kit = new DoorsKit(makeTempDir("doors"), makeKeys(), await findFreePort(), args, env);
    await kit.up();
    return kit;
  }

  /** Starts it, once more. */
  async up(): Promise<void> {
    const { cert, key } = this.certificate;
    this.program = startCoordinator(
      [
        ...["--listen", `127.0.0.1:${this.port}`, "--tls-cert", cert, "--tls-key", key],
        ...["--allowed-signers", this.allowed, "--revoked-signers", this.revoked, "--roles", this.roles],
        ...["--servers", "127.0.0.1:1", "--log-format", "json", ...this.#args],
      ],
      { home: this.home.path, env: this.#env },
    );
    await this.program.waitFor("carrying runs");
  }

  /** Has the keys of these names log in, each as itself, and nobody else. */
  allow(...names: readonly string[]): void {
    this.keys.allow("allowed_signers", ...names);
  }

  giveRoles(roles: Readonly<Record<string, string>>): void {
    const rules = Object.entries(roles).map(([principals, role]) => ({ principals, role }));
    writeFileSync(this.roles, JSON.stringify({ rules }));
  }

  ask(method: string, path: string, asking: Asking = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const asked = encrypted(this.optionsOf(method, path, asking), (response) => {
        void textOf(response).then((text) => {
          const json = text === "" ? undefined : (JSON.parse(text) as unknown);
          resolve({ status: response.statusCode ?? 0, headers: response.headers, json });
        }, reject);
      });
      asked.on("error", reject);
      asked.end(textToSend(asking.body));
    });
  }

  optionsOf(
    method: string,
    path: string,
    { token, body, headers = {}, localAddress }: Asking = {},
  ): RequestOptions {
    const text = textToSend(body);
    return {
      ...{ method, host: "127.0.0.1", port: this.port, path: `${API}${path}`, agent: this.#agent },
      ...{ ca: authorityOf(this.certificate), ...(localAddress === undefined ? {} : { localAddress }) },
      headers: {
        ...(text === undefined
          ? {}
          : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
    };
  }

  /** One connection that stays. */
  async hold(token: string): Promise<{ ask(method: string, path: string): Promise<number>; close(): void }> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number>();
    const ask = (method: string, path: string): Promise<number> =>
      new Promise((resolve, reject) => {
        const asked = encrypted({ ...this.optionsOf(method, path, { token }), agent }, (response) => {
          ports.add(response.socket.localPort ?? 0);
          response.resume();
          response.once("end", () =>
            ports.size === 1 ? resolve(response.statusCode ?? 0) : reject(new Error("another connection")),
          );
        });
        asked.on("error", reject);
        asked.end();
      });
    await ask("GET", "/login");
    return { ask, close: () => agent.destroy() };
  }

  /** A run's events as they come. */
  watch(run: string, token: string): { readonly isLetIn: boolean; readonly isOver: boolean; leave(): void } {
    const watching = { isLetIn: false, isOver: false, leave: () => void asked.destroy() };
    const over = (): void => {
      watching.isOver = true;
    };
    const headers = { accept: "text/event-stream" };
    const asked = encrypted(this.optionsOf("GET", `/runs/${run}/events`, { token, headers }), (response) => {
      watching.isLetIn = response.statusCode === 200;
      response.resume();
      response.once("close", over);
    });
    asked.once("error", over);
    asked.end();
    return watching;
  }

  get server(): string {
    return `127.0.0.1:${this.port}`;
  }

  async challenge(asking: Asking = {}): Promise<string> {
    const answer = await this.ask("POST", "/login/challenge", asking);
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.json));
    return (answer.json as { challenge: string }).challenge;
  }

  /** What somebody sends to log in. @param by a key's name, or a key */
  async signed(
    by: string | OperatorKey,
    said: Said = {},
    namespace = LOGIN_NAMESPACE,
  ): Promise<{ statement: string; signature: string }> {
    const challenge = said.challenge ?? (await this.challenge());
    const statement = loginText({ server: this.server, ...said, challenge });
    const key = typeof by === "string" ? keyOfFile(join(this.keys.path, by)) : by;
    const signature = await signSsh(Buffer.from(statement), namespace, key);
    if (!signature.ok) throw new Error(signature.error);
    return { statement, signature: signature.value };
  }

  async tryLogin(by: string | OperatorKey, said: Said = {}, namespace = LOGIN_NAMESPACE): Promise<Answer> {
    return this.ask("POST", "/login", { body: await this.signed(by, said, namespace) });
  }

  async login(by: string | OperatorKey): Promise<LoggedIn> {
    const answer = await this.tryLogin(by);
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.json));
    return answer.json as LoggedIn;
  }

  async tokenOf(by: string | OperatorKey): Promise<string> {
    return (await this.login(by)).token;
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    await this.program.kill();
    this.keys.remove();
    this.home.remove();
  }
}

export function problemOf({ json }: Answer): Problem {
  return json as Problem;
}

function textToSend(body: unknown): string | undefined {
  return body === undefined || typeof body === "string" ? body : JSON.stringify(body);
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
