import type { Stored } from "./fault.ts";

/** A login, as the store keeps it: nobody can log in with what is read here. */
export interface StoredToken {
  /** SHA-256 of the token, hex. */
  readonly digest: string;
  readonly principal: string;
  /** The key or certificate that signed the challenge, as SSH's public blob, base64: it is checked at each use. */
  readonly signer: string;
  /** What the signature says of a security key's touch, as JSON; absent: of another key. */
  readonly touch?: string;
  /** Milliseconds since the epoch, by the store's clock. */
  readonly expiresMs: number;
}

/** What the store keeps for logins and for plans that operators sign; a part of the store. */
export interface LoginStore {
  /** Makes challenges provable for all coordinators of the store: 32 random bytes, made by whoever asks first. */
  challengeKey(): Stored<Buffer>;
  /** Takes a challenge, that a good signature came for; false: it was taken before. Remembered until then. */
  takeChallenge(challenge: string, untilMs: number): Stored<boolean>;
  /** Removes what has expired, too. */
  addToken(token: StoredToken): Stored<void>;
  /** Undefined: there is none, or it has expired. */
  token(digest: string): Stored<StoredToken | undefined>;
  dropToken(digest: string): Stored<void>;

  /** This coordinator signs with this key (`SHA256:…`); said again and again. */
  announceCarrier(fingerprint: string): Stored<void>;
  /** This coordinator is there no longer. */
  carrierLeaves(fingerprint: string): Stored<void>;
  /** Keys of the coordinators that are there: they said so in the last half minute. */
  carriersNow(): Stored<readonly string[]>;
  /** Keys of the coordinators that said so in the last day. */
  carriers(): Stored<readonly string[]>;

  /** An operator's word on the plan of a run, anew, in place of what was there. */
  sign(run: string, anew: SignedAnew): Stored<Signed>;
  /** Of no run: nobody signed its plan. */
  signedPlans(run: string): Stored<SignedPlans>;
}

/** What operators signed of a run's plan, each JSON of a signed text. */
export interface SignedPlans {
  /** What counts; absent: nobody signed it. */
  readonly signed?: string;
  /** What others had signed before, the newest first: by it they are asked about what was begun by it. */
  readonly before: readonly string[];
}

export interface SignedAnew extends SignedPlans {
  readonly signed: string;
  /** What counted when it was looked at. */
  readonly insteadOf: string | undefined;
}

/** `otherNow`: something else counts by now; `notOpen`: there is no such open run. */
export type Signed = "signed" | "otherNow" | "notOpen";
