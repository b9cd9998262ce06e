import type { LoginMethod } from "../config/host-settings.ts";
import type { Identity } from "./identities.ts";

export type LoginAttempt =
  /** Asks what the server takes; some servers let in at once. */
  | { readonly method: "none" }
  | { readonly method: "publickey"; readonly identity: Identity }
  | { readonly method: "keyboard-interactive" }
  | { readonly method: "password" };

/** Which way to log in is tried next, given what the server still takes. */
export class LoginPlan {
  readonly #open: LoginAttempt[];
  readonly #tried: LoginAttempt[] = [];
  readonly #passedOver: string[] = [];
  readonly #accepted: LoginAttempt[] = [];
  /** What the server's next answer is about. */
  #last: LoginAttempt | undefined;
  #taken: readonly string[] = [];

  /** `methods` in the order to try; without a password only keys are. */
  constructor(methods: readonly LoginMethod[], identities: readonly Identity[], hasPassword: boolean) {
    this.#open = [
      { method: "none" },
      ...methods.flatMap((method): LoginAttempt[] => {
        if (method === "publickey") return identities.map((identity) => ({ method, identity }));
        return hasPassword ? [{ method }] : [];
      }),
    ];
  }

  /**
   * `taken`: the server's methods, as it told with its last refusal. Undefined: nothing is left to try.
   * @param isPartial it took the last attempt, and wants more
   */
  next(taken: readonly string[] | null | undefined, isPartial = false): LoginAttempt | undefined {
    if (isPartial && this.#last !== undefined) this.#accepted.push(this.#last);
    this.#last = undefined;
    if (taken !== null && taken !== undefined) this.#taken = taken;
    const index = this.#open.findIndex(({ method }) => method === "none" || this.#taken.includes(method));
    if (index === -1) return undefined;
    const [attempt] = this.#open.splice(index, 1);
    this.#last = attempt;
    if (attempt !== undefined) this.#tried.push(attempt);
    return attempt;
  }

  /** The attempt that `next` gave last is not made: the server would not take it. */
  passOver(identity: Identity, why: string): void {
    this.#tried.pop();
    this.#last = undefined;
    this.#passedOver.push(`${identity.label}: ${why}`);
  }

  /** The attempt that `next` gave last was not made, since the agent would not sign. */
  notSigned(): void {
    this.#last = undefined;
  }

  /** The server could not prove who it is. */
  withholdPassword(): void {
    const keys = this.#open.filter(({ method }) => method === "none" || method === "publickey");
    this.#open.splice(0, this.#open.length, ...keys);
  }

  /** All but "none", the last one included. */
  get tried(): readonly LoginAttempt[] {
    return this.#tried.filter(({ method }) => method !== "none");
  }

  /** What the server took without letting in: it wants a further factor. */
  get accepted(): readonly LoginAttempt[] {
    return this.#accepted;
  }

  /** Keys that were not shown, and why. */
  get passedOver(): readonly string[] {
    return this.#passedOver;
  }

  /** What the server takes, as far as it has told. */
  get taken(): readonly string[] {
    return this.#taken;
  }

  /** Keys that have not had their turn. */
  get identitiesLeft(): readonly Identity[] {
    return this.#open.flatMap((attempt) => (attempt.method === "publickey" ? [attempt.identity] : []));
  }
}
