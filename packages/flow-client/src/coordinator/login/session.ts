import { fail, succeed, type Result } from "@roadrunner/core";
import type { CoordinatorAddress } from "@roadrunner/engine/address";
import type { LoggedIn } from "@roadrunner/engine/api";
import type { OperatorKey } from "@roadrunner/core/signing";
import { signingAgent } from "../../carry/signing-agent.ts";
import { say } from "../../usage/say.ts";
import { usageFault, type ApiFault } from "../connection/api-fault.ts";
import type { Destination } from "../connection/destination.ts";
import { serves, type KeptLogin } from "./kept-login.ts";
import { noKeyFault } from "./login-fault.ts";
import { LoginFile } from "./login-file.ts";

export interface SessionOptions {
  /** As `--sign-key` names it. */
  readonly key: string | undefined;
  readonly principal: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What a request proves itself with. */
export interface Bearer {
  readonly token: string;
  /** Made for this request, and not kept from an earlier one. */
  readonly isFresh: boolean;
}

type Answer<T> = Promise<Result<T, ApiFault>>;

/** This user's login with a coordinator: the one that is kept, or a new one, by his key. */
export class Session {
  readonly file: LoginFile;
  readonly #to: Destination;
  readonly #address: Exclude<CoordinatorAddress, { kind: "socket" }>;
  readonly #options: SessionOptions;
  #token: string | undefined;
  #loggingIn: Answer<LoggedIn> | undefined;
  #isUnfitTold = false;
  #isUnkeptTold = false;

  constructor(
    to: Destination,
    address: Exclude<CoordinatorAddress, { kind: "socket" }>,
    options: SessionOptions,
  ) {
    this.#to = to;
    this.#address = address;
    this.#options = options;
    this.file = LoginFile.of(address, options.env);
  }

  /** What the next request proves itself with; logs in where nothing is kept that serves. */
  async bearer(): Answer<Bearer> {
    if (this.#token !== undefined) return succeed({ token: this.#token, isFresh: false });
    const kept = await this.#kept();
    if (!kept.ok) return kept;
    if (kept.value === undefined) return this.#fresh();
    this.#token = kept.value.token;
    return succeed({ token: kept.value.token, isFresh: false });
  }

  /**
   * After this one was refused: one that somebody else has got meanwhile, unless it must be `anew`; else a new one. `said`:
   * by the coordinator.
   */
  async instead(
    refused: Bearer,
    said: readonly string[],
    { anew }: { readonly anew: boolean },
  ): Answer<Bearer> {
    if (anew) return this.#fresh(said);
    if (this.#token !== undefined && this.#token !== refused.token)
      return succeed({ token: this.#token, isFresh: false });
    this.#token = undefined;
    const kept = await this.#kept();
    if (!kept.ok) return kept;
    if (kept.value !== undefined && kept.value.token !== refused.token) {
      this.#token = kept.value.token;
      return succeed({ token: kept.value.token, isFresh: false });
    }
    return this.#fresh(said);
  }

  /** Logs in anew, and keeps it; whoever asks meanwhile gets the same. */
  async logIn(said: readonly string[] = []): Answer<LoggedIn> {
    this.#loggingIn ??= this.#logIn(said).finally(() => {
      this.#loggingIn = undefined;
    });
    return this.#loggingIn;
  }

  /** The login that is kept for this server, whosever key it is by, and though its file be one that is not used. */
  get known(): KeptLogin | undefined {
    const found = this.file.read();
    const login = found.kind === "none" ? undefined : found.login;
    return login?.server === this.#to.name ? login : undefined;
  }

  /** Forgets it, here and in its file. The error says why that stays. */
  forget(): Result<void, string> {
    this.#token = undefined;
    return this.file.remove();
  }

  async #fresh(said: readonly string[] = []): Answer<Bearer> {
    const login = await this.logIn(said);
    return login.ok ? succeed({ token: login.value.token, isFresh: true }) : login;
  }

  async #logIn(said: readonly string[]): Answer<LoggedIn> {
    const operator = await this.#operator();
    if (!operator.ok) return operator;
    if (operator.value === undefined) return fail(noKeyFault(this.#to.name, said));
    // Only here: most commands find a login that is kept.
    const { logIn } = await import("./log-in.ts");
    const { fingerprintOf } = await import("@roadrunner/core/signing");
    const { principal } = this.#options;
    const login = await logIn(this.#to, this.#address, { operator: operator.value, principal });
    if (!login.ok) return login;
    this.#token = login.value.token;
    const { role, expires, token } = login.value;
    const key = fingerprintOf(operator.value.publicBlob);
    this.#keep({ server: this.#to.name, principal: login.value.principal, role, key, expires, token });
    return login;
  }

  #keep(login: KeptLogin): void {
    const written = this.file.write(login);
    if (written.ok || this.#isUnkeptTold) return;
    this.#isUnkeptTold = true;
    say(`the login serves this command alone, and is not kept for the next one: ${written.error}`);
  }

  /** The login of the file, if it serves. */
  async #kept(): Answer<KeptLogin | undefined> {
    const found = this.file.read();
    if (found.kind === "none") return succeed(undefined);
    if (found.kind === "unfit") {
      if (!this.#isUnfitTold) say(`the login in ${this.file.path} is not used: the file ${found.why}`);
      this.#isUnfitTold = true;
      return succeed(undefined);
    }
    const key = await this.#fingerprint();
    if (!key.ok) return key;
    const { principal } = this.#options;
    const wanted = { server: this.#to.name, key: key.value, principal, nowMs: Date.now() };
    return succeed(serves(found.login, wanted) ? found.login : undefined);
  }

  /** Of the key that is given; undefined: none is. */
  async #fingerprint(): Answer<string | undefined> {
    const { key } = this.#options;
    if (key === undefined) return succeed(undefined);
    const { shownFingerprint } = await import("@roadrunner/engine");
    const shown = shownFingerprint(key);
    if (shown !== undefined) return succeed(shown);
    const operator = await this.#operator();
    if (!operator.ok || operator.value === undefined) return operator.ok ? succeed(undefined) : operator;
    const { fingerprintOf } = await import("@roadrunner/core/signing");
    return succeed(fingerprintOf(operator.value.publicBlob));
  }

  async #operator(): Answer<OperatorKey | undefined> {
    const { key, env } = this.#options;
    if (key === undefined) return succeed(undefined);
    const { openOperatorKey } = await import("@roadrunner/engine");
    const operator = await openOperatorKey(key, signingAgent(env, "login"));
    return operator.ok ? operator : fail(usageFault(operator.error));
  }
}
