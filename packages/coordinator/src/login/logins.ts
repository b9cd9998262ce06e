import { randomBytes } from "node:crypto";
import { defined, FloodGate, succeed, type Result } from "@roadrunner/core";
import type { Log } from "@roadrunner/core/service";
import { fingerprintOf, readLoginText, readSignature, type SignedBy } from "@roadrunner/core/signing";
import type { LoggedIn, Login, Role } from "@roadrunner/engine/api";
import { ofStore, refuse, type Refusal } from "../carry/refusal.ts";
import type { Store, StoreFault } from "../store/store.ts";
import { CHALLENGE_MS, makeChallenge } from "./challenge.ts";
import { judgeLogin } from "./judge.ts";
import { keptSigner, readSigner } from "./kept-signer.ts";
import type { ServerNames } from "./server-names.ts";
import { allowedAs, type Signers, type SignersOfFiles } from "./signers.ts";
import { digestOf, newToken, TOKEN_MS } from "./token.ts";

/** Who asks. */
export interface Who {
  /** Absent: whoever owns the socket that it came by. */
  readonly principal?: string;
  readonly role: Role;
}

export interface LoggedInWho extends Who {
  readonly principal: string;
  readonly digest: string;
  readonly expiresMs: number;
}

export interface LoginObserver {
  /** Somebody tried to log in. */
  loggedIn(result: "ok" | Refusal["code"]): void;
}

export interface LoginOptions {
  readonly store: Store;
  readonly signers: SignersOfFiles;
  /** As they are now: certificates are renewed. */
  readonly names: () => ServerNames;
  readonly log: Log;
  readonly observer: LoginObserver;
}

const CHALLENGE_BYTES = 16;

const UNTOLD = "who may log in cannot be told just now: the coordinator's log says why";

/** Lets in who holds a key that the files of signers know. */
export class Logins {
  readonly #options: LoginOptions;
  readonly #refusals = new FloodGate();
  #challengeKey: Buffer | undefined;

  constructor(options: LoginOptions) {
    this.#options = options;
  }

  /** Why nobody gets in now; none: nothing is in the way. */
  reasons(): readonly string[] {
    const signers = this.#options.signers.get();
    return signers.ok ? [] : [`nobody can log in: ${signers.error[0] ?? ""}`];
  }

  async challenge(): Promise<Result<{ readonly challenge: string; readonly expires: string }, Refusal>> {
    const key = await this.#key();
    if (!key.ok) return key;
    const nowMs = Date.now();
    const challenge = makeChallenge(key.value, randomBytes(CHALLENGE_BYTES), nowMs);
    return succeed({ challenge, expires: new Date(nowMs + CHALLENGE_MS).toISOString() });
  }

  /** @param from the address that it comes from, for the log */
  async login(login: Login, from: string): Promise<Result<LoggedIn, Refusal>> {
    const done = await this.#login(login, from);
    this.#options.observer.loggedIn(done.ok ? "ok" : done.error.code);
    if (!done.ok) this.#tellRefused(login, done.error, from);
    return done;
  }

  async #login(login: Login, from: string): Promise<Result<LoggedIn, Refusal>> {
    const { store, names, log } = this.#options;
    const signers = this.#signers();
    if (!signers.ok) return signers;
    const key = await this.#key();
    if (!key.ok) return key;
    const nowMs = Date.now();
    const judging = { challengeKey: key.value, signers: signers.value, names: names(), nowMs };
    const proved = judgeLogin(login, judging);
    if (!proved.ok) return proved;
    const { principal, role, by, challenge } = proved.value;
    const taken = await store.takeChallenge(challenge.nonce, challenge.untilMs);
    if (!taken.ok) return this.#untold(taken.error);
    if (!taken.value)
      return refuse("badSignature", "the challenge was used before; each is good for one login");
    const token = newToken();
    const expiresMs = Math.min(nowMs + TOKEN_MS, by.certificate?.validBeforeMs ?? Infinity);
    const added = await store.addToken({
      ...{ digest: digestOf(token), principal, expiresMs },
      ...keptSigner(by),
    });
    if (!added.ok) return this.#untold(added.error);
    log.info("somebody logged in", { principal, role, ...signerFields(by), from });
    return succeed({ token, principal, role, expires: new Date(expiresMs).toISOString() });
  }

  /** Whose token this is, if he may be logged in still: with the files as they are now. */
  async who(token: string): Promise<Result<LoggedInWho, Refusal>> {
    return this.again(digestOf(token));
  }

  /** As `who`, for a login that was found before. */
  async again(digest: string): Promise<Result<LoggedInWho, Refusal>> {
    const { store } = this.#options;
    const signers = this.#signers();
    if (!signers.ok) return signers;
    const found = await store.token(digest);
    if (!found.ok) return this.#untold(found.error);
    const nowMs = Date.now();
    // The store goes by its own clock, which may be behind.
    if (found.value === undefined || found.value.expiresMs <= nowMs)
      return refuse("notLoggedIn", "the login is over, or was never one of this store: log in again");
    const { principal, expiresMs } = found.value;
    const by = readSigner(found.value);
    if (!by.ok) return refuse("notLoggedIn", `${by.error}: log in again`);
    const allowed = allowedAs(signers.value, by.value, nowMs, principal);
    if (!allowed.ok) return refuse("notLoggedIn", `the login does not hold any more: ${allowed.error}`);
    return succeed({ ...allowed.value, digest, expiresMs });
  }

  async logout({ digest, principal }: LoggedInWho): Promise<Result<void, Refusal>> {
    const dropped = await this.#options.store.dropToken(digest);
    if (!dropped.ok) return ofStore(dropped.error);
    this.#options.log.info("somebody logged out", { principal });
    return succeed(undefined);
  }

  /** What is wrong with the files is for the log: a stranger is told that something is. */
  #signers(): Result<Signers, Refusal> {
    const { signers, log } = this.#options;
    const read = signers.get();
    if (read.ok) return read;
    const gate = this.#refusals.next(performance.now());
    if (gate.tell) for (const problem of read.error.slice(0, 5)) log.error(`nobody can log in: ${problem}`);
    return refuse("storeFault", UNTOLD);
  }

  /** Where the store lies, and what it lacks, is for the log as well. */
  #untold({ reason }: StoreFault): Result<never, Refusal> {
    const { tell } = this.#refusals.next(performance.now());
    if (tell) this.#options.log.error("who may log in cannot be told", { reason });
    return refuse("storeFault", UNTOLD);
  }

  async #key(): Promise<Result<Buffer, Refusal>> {
    if (this.#challengeKey !== undefined) return succeed(this.#challengeKey);
    const key = await this.#options.store.challengeKey();
    if (!key.ok) return this.#untold(key.error);
    this.#challengeKey = key.value;
    return succeed(key.value);
  }

  /** Anybody can bring these lines about. */
  #tellRefused({ statement, signature }: Login, { detail }: Refusal, from: string): void {
    const { tell, left } = this.#refusals.next(performance.now());
    const { log } = this.#options;
    if (left > 0) log.warn("more logins were refused than are told one by one", { left });
    if (!tell) return;
    const said = readLoginText(statement);
    const read = readSignature(signature);
    log.warn("a login was refused", {
      reason: detail.slice(0, 1000),
      ...(said.ok && said.value.principal !== undefined ? { claimedPrincipal: said.value.principal } : {}),
      ...(read.ok ? claimedFields(read.value) : {}),
      from,
    });
  }
}

function signerFields({ key, certificate }: SignedBy): Readonly<Record<string, string>> {
  return {
    key: fingerprintOf(key.blob),
    ...(certificate === undefined
      ? {}
      : { certificate: certificate.keyId.slice(0, 100), serial: String(certificate.serial) }),
  };
}

/** Of a signature that was not believed: the key that it names need not have made it. */
function claimedFields(by: SignedBy): Readonly<Record<string, string>> {
  const { key = "", certificate, serial } = signerFields(by);
  return defined({ claimedKey: key, claimedCertificate: certificate, claimedSerial: serial });
}
